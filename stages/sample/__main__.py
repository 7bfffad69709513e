"""Render the embedded sample: short clips of made-up faces, half of them manipulated.

Command
    ``python -m stages.sample``
Reads
    the photograph `astronaut` (NASA, public domain) inside the installed scikit-image
Writes
    ``data/raw/sample/`` and ``data/raw/sample_unseen/`` in DFDC's layout: mp4 files and
    ``metadata.json`` (label, split, original, and the manipulation's name as ``method``)
Parameters
    ``sample``; versions of av, numpy, opencv-python-headless, scikit-image
"""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
from tqdm import tqdm

from stages.common.command import run_stage
from stages.common.params import load
from stages.common.versions import pinned
from stages.sample.dataset import write_dataset
from stages.sample.params import Sample

RAW = Path("data/raw")
SEEN = ["swap", "self_blended"]
UNSEEN = ["reenacted"]


def main() -> None:
    """Render both datasets; the number of processes changes no byte."""
    pinned("av", "numpy", "opencv-python-headless", "scikit-image")
    sample = load("sample", Sample)
    datasets = [("sample", SEEN, sample.groups), ("sample_unseen", UNSEEN, sample.unseen_groups)]
    with ProcessPoolExecutor(initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        for number, (name, methods, groups) in enumerate(datasets):
            streams = [[sample.seed, number, group] for group in range(groups)]
            bar = tqdm(total=groups, desc=name, unit="group", disable=None)
            with bar:
                write_dataset(RAW / name, streams, methods, sample, pool.map, bar.update)


if __name__ == "__main__":
    run_stage(main)
