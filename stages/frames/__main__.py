"""Extract and store frames of every item of a dataset.

Command
    ``python -m stages.frames DATASET``
Reads
    ``data/index/DATASET.csv`` and the clips and pictures under ``data/raw/DATASET``
Writes
    ``data/frames/DATASET/<method>/<item>.zip``, one archive per item;
    ``data/frame_tables/DATASET.csv``; ``metrics/frames/DATASET.json``;
    ``metrics/frames/DATASET_failures.csv``, the skipped items with the reason
Parameters
    ``frames``; versions of ``media`` and ``fingerprint``

If ``frames.store`` is false, nothing is stored and the tables are empty: the stage `faces` decodes
the items itself.
"""

import sys
from functools import partial
from pathlib import Path

from stages.common.code import code_of
from stages.common.command import run_stage
from stages.common.items import Job, run_items
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.table import read, write
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder
from stages.common.tables.index import CROP, INDEX, RAW, index_path
from stages.common.versions import pinned
from stages.frames.extract import extract
from stages.frames.section import FramesSection


def main(dataset: str) -> None:
    """Store the frames of `dataset`."""
    versions = pinned("media", "fingerprint")
    params = load("frames", FramesSection)
    index = read(index_path(dataset), INDEX)
    index = index[index["kind"] != CROP]  # the stage `faces` takes these as they are
    if not params.store:
        print(
            f"frames {dataset}: nothing to store (frames.store is false): `faces` decodes, detects "
            f"and crops the {len(index)} items at once",
            file=sys.stderr,
        )
        index = index.head(0)
    jobs = [
        Job(row.dataset, row.method, row.item, row.md5, RAW / dataset / row.path)
        for row in index.itertuples()
    ]
    outcome = run_items(
        partial(extract, root=RAW / dataset, params=params),
        jobs,
        frames_folder(dataset),
        provenance={
            # Limits that stop a run do not change the items that were finished
            "frames": params.model_dump(exclude={"max_failed_fraction", "max_seconds", "store"}),
            "versions": versions,
        },
        code=code_of(extract, "frames"),
        label=f"frames {dataset}",
        max_failed_fraction=params.max_failed_fraction,
    )
    write(frame_table_path(dataset), outcome.rows, FRAMES)
    write(failures_path("frames", dataset), outcome.failures, FAILURES)
    write_metrics(
        Path("metrics/frames") / f"{dataset}.json",
        {
            "items": len(jobs),
            "items_failed": len(outcome.failures),
            "frames": len(outcome.rows),
        },
    )


if __name__ == "__main__":
    run_stage(main)
