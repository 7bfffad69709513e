"""Render the embedded sample: short clips of made-up faces, and fakes made from them.

Command
    ``python -m stages.sample``
Reads
    the photograph `astronaut` (NASA, public domain) inside the installed scikit-image
Writes
    ``data/raw/sample/`` and ``data/raw/sample_unseen/`` in DFDC's layout: mp4 files and
    ``metadata.json`` (label, split, original, and, which DFDC does not have, the name of the
    manipulation as ``method`` and the clip of the person whose face was put in as ``donor``)
Parameters
    ``datasets``: of a dataset that it does not list, the folder is left empty; ``sample``; versions
    of ``media`` and ``sample``
"""

import shutil
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from stages.common.command import run_stage
from stages.common.machine import this_machine
from stages.common.params import load
from stages.common.progress import progress
from stages.common.quiet import interrupts_ignored
from stages.common.versions import pinned
from stages.sample.cast import CASTS, casts
from stages.sample.dataset import new_dataset, write_group, write_metadata
from stages.sample.params import SampleParams

RAW = Path("data/raw")


def main() -> None:
    """Render those of both datasets that are used."""
    pinned("media", "sample")
    params = load("sample", SampleParams)
    used = load("datasets", dict[str, Any])
    groups = {"sample": params.groups, "sample_unseen": params.unseen_groups}
    with ProcessPoolExecutor(
        this_machine().workers, get_context("spawn"), cv2.setNumThreads, (1,)
    ) as pool:
        for number, name in enumerate(CASTS):
            if name not in used:
                shutil.rmtree(RAW / name, ignore_errors=True)
                (RAW / name).mkdir(parents=True)  # DVC demands an out
                continue
            streams = [[params.seed, number, group] for group in range(groups[name])]
            with new_dataset(RAW / name) as part, progress(name, len(streams)) as bar:
                entries = []
                shown = casts(name, groups[name])
                with interrupts_ignored():  # it starts the processes
                    jobs = pool.map(write_group, repeat(part), streams, shown, repeat(params))
                for entry in jobs:
                    entries.append(entry)
                    bar.update()
                write_metadata(part, entries)


if __name__ == "__main__":
    run_stage(main)
