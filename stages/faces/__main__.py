"""Merge the boxes of all detectors, link faces to tracks, cut them out.

Command
    ``python -m stages.faces <dataset> <role>``
Reads
    ``data/frames/<dataset>/``, ``data/frame_tables/<dataset>.csv``,
    ``data/detections/<dataset>/``
Writes
    ``data/faces/<role>/<dataset>/crops/`` (one archive an item) and ``…/faces.csv``,
    ``metrics/faces/<dataset>.json`` and ``…_failures.csv``
Parameters
    ``detectors``, ``faces``; versions of ``items`` and ``statistics``
"""

import hashlib
from functools import partial
from pathlib import Path

import pandas as pd

from stages.common.archive import item_path, read_record
from stages.common.code import code_of
from stages.common.command import run_stage
from stages.common.items import Job, run_items
from stages.common.listed import drop_unlisted
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.table import KEY, read, write
from stages.common.tables.detections import DETECTIONS, detections_folder, detections_path
from stages.common.tables.faces import FACES, crops_folder, faces_path
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder
from stages.common.versions import pinned
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.metrics import agreement
from stages.faces.params import FacesParams, check_detectors


def main(dataset: str, role: str) -> None:
    """Bring the faces of `dataset` up to date with its frames and boxes."""
    params = load("faces", FacesParams)
    detectors = load("detectors", list[str])
    check_detectors(params, detectors)
    drop_unlisted(detections_folder(dataset), detectors)
    frames = read(frame_table_path(dataset), FRAMES)
    boxes = {name: read(detections_path(dataset, name), DETECTIONS) for name in detectors}
    outcome = run_items(
        partial(faces_of_item, params=params),
        _jobs(dataset, frames, boxes),
        crops_folder(role, dataset),
        provenance={
            "faces": params.model_dump(exclude={"max_failed_fraction"}),
            "versions": pinned("media", "statistics"),
        },
        code=code_of(faces_of_item, "faces"),
        label=f"faces {dataset}",
        max_failed_fraction=params.max_failed_fraction,
    )
    write(faces_path(role, dataset), outcome.rows[outcome.rows["kept"].astype(bool)], FACES)
    write(failures_path("faces", dataset), outcome.failures, FAILURES)
    write_metrics(
        Path(f"metrics/faces/{dataset}.json"),
        agreement(frames, outcome.rows, detectors) | {"items_failed": len(outcome.failures)},
    )


def _jobs(dataset: str, frames: pd.DataFrame, boxes: dict[str, pd.DataFrame]) -> list[Job]:
    """One job an item; its content is the archive of frames and the boxes in them."""
    by_item = {name: dict(tuple(table.groupby(KEY))) for name, table in boxes.items()}
    jobs = []
    for key, of_item in frames.groupby(KEY):
        _, method, item = key
        found = {name: tables.get(key, boxes[name].head(0)) for name, tables in by_item.items()}
        inputs = ItemInputs(
            item_path(frames_folder(dataset), method, item),
            of_item.drop(columns=KEY),
            {name: table.drop(columns=KEY) for name, table in found.items()},
        )
        content = hashlib.sha256(read_record(inputs.archive).digest.encode())
        for name, table in inputs.detections.items():
            content.update(f"{name}\n{table.to_csv(index=False)}".encode())
        jobs.append(Job(dataset, method, item, content.hexdigest(), inputs))
    return jobs


if __name__ == "__main__":
    run_stage(main)
