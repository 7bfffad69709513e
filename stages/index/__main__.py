"""Read a dataset in its owners' layout and list its items in one table.

Command
    ``python -m stages.index DATASET``
Reads
    ``data/raw/DATASET``, which may be a link; it is never modified
Writes
    ``data/index/DATASET.csv``, ``metrics/index/DATASET.json``, and the files with a problem in
    ``metrics/index/DATASET_problems.csv``
Parameters
    ``datasets.DATASET``, ``index``
"""

import sys
from pathlib import Path

from stages.common import table
from stages.common.code import recorded_code
from stages.common.command import run_stage
from stages.common.datasets import DatasetParams
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.problems import raise_or_report
from stages.common.tables.index import INDEX, RAW, index_path
from stages.common.tables.problems import PROBLEMS, problems_path
from stages.index.content import dvc_state, item_md5s, refuse_pointers
from stages.index.folder import scan
from stages.index.layout import read_layout
from stages.index.listed_item import REAL, Skipped
from stages.index.methods import pick_methods
from stages.index.params import IndexParams
from stages.index.problems import check_content, check_files, check_labels, decide, pictures_alone
from stages.index.rows import index_metrics, index_rows


def main(dataset: str) -> None:
    """Index one dataset."""
    about = load(f"datasets.{dataset}", DatasetParams)
    params = load("index", IndexParams)
    state = dvc_state()
    folder = scan(RAW / dataset, state.caches)
    listed = read_layout(about.layout, folder)
    recorded_code("index", about.layout)
    if about.methods is not None:
        listed = pick_methods(listed, about.methods, dataset)
    items, problems = check_files(folder, listed)
    if about.crops:
        items, videos = pictures_alone(items)
        problems += videos
    refuse_pointers(folder, items)
    hashes = item_md5s(folder, items, state)
    rows = index_rows(dataset, items, hashes, about.crops)
    rows, clashes = check_content(rows)
    found = decide([*problems, *clashes], params)
    written = problems_path(f"index/{dataset}")
    table.write(written, found, PROBLEMS)
    raise_or_report(found, "index", written)
    skipped = sum(isinstance(item, Skipped) for item in listed)
    metrics = index_metrics(rows, found, skipped)
    if about.role == "seen" and about.methods != [REAL]:
        check_labels(dataset, rows)
    table.write(index_path(dataset), rows, INDEX)
    write_metrics(Path("metrics/index") / f"{dataset}.json", metrics)
    if metrics["groups"] == metrics["items"]:
        print(
            f"warning: {dataset}: every item is its own group, so one person or scene may end "
            "up on both sides of the split",
            file=sys.stderr,
        )


if __name__ == "__main__":
    run_stage(main)
