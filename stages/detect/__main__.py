"""Detect faces in the stored frames of a dataset with one detector.

Command
    ``python -m stages.detect <dataset> <detector>``
Reads
    ``data/frames/<dataset>/``, ``data/frame_tables/<dataset>.csv``, ``data/index/<dataset>.csv``
Writes
    ``data/boxes/<dataset>/<detector>/`` (one archive per item that was searched),
    ``data/detections/<dataset>/<detector>.csv``, ``metrics/detect/<dataset>-<detector>.json``
    and ``…_failures.csv``
Parameters
    ``detect.from_original``, ``detect.max_failed_fraction``, ``detect.<detector>``; versions of the
    detector's groups
"""

from functools import partial
from pathlib import Path

import pandas as pd

from stages.common.archive import item_path, read_record
from stages.common.code import code_of, recorded_code
from stages.common.command import run_stage
from stages.common.items import Job, run_items
from stages.common.metrics_file import write_metrics
from stages.common.numbers import Fraction
from stages.common.params import load
from stages.common.registry import find
from stages.common.table import KEY, read, write
from stages.common.tables.detections import DETECTIONS, boxes_folder, detections_path
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder
from stages.common.tables.index import INDEX, index_path
from stages.common.versions import pinned
from stages.detect.boxes import detect_item
from stages.detect.detector import DETECTORS
from stages.detect.originals import (
    boxes_of_originals,
    failures_of_originals,
    fakes_like_their_originals,
)


def main(dataset: str, detector: str) -> None:
    """Update the boxes of one detector to the frames of `dataset`."""
    module = find("detector", detector, DETECTORS)
    from_original = load("detect.from_original", bool)
    max_failed_fraction = load("detect.max_failed_fraction", Fraction)
    params = load(f"detect.{detector}", module.Params)
    frames = read(frame_table_path(dataset), FRAMES)
    reused = (
        fakes_like_their_originals(frames, read(index_path(dataset), INDEX))
        if from_original
        else None
    )
    fakes = set() if reused is None else set(reused[KEY].itertuples(index=False, name=None))
    jobs = []
    for key in frames[KEY].drop_duplicates().itertuples(index=False):
        if key in fakes:
            continue
        archive = item_path(frames_folder(dataset), key.method, key.item)
        content = read_record(archive).digest
        jobs.append(Job(key.dataset, key.method, key.item, content, archive))
    outcome = run_items(
        partial(detect_item, detector=detector, params=params),
        jobs,
        boxes_folder(dataset, detector),
        provenance={
            "params": params.model_dump(),
            "versions": pinned(*module.VERSIONS),
        },
        code=code_of(detect_item, "detect") | recorded_code("detect", detector),
        label=f"detect {dataset} {detector}",
        max_failed_fraction=max_failed_fraction,
        on_gpu=module.ON_GPU,
    )
    # Without any item, the rows have no columns but the key
    found = outcome.rows.reindex(columns=list(DETECTIONS.columns))
    failures = outcome.failures
    if reused is not None:
        found = pd.concat([found, boxes_of_originals(found, reused)])
        failures = pd.concat([failures, failures_of_originals(failures, reused)])
    write(detections_path(dataset, detector), found, DETECTIONS)
    write(failures_path("detect", f"{dataset}-{detector}"), failures, FAILURES)
    write_metrics(
        Path(f"metrics/detect/{dataset}-{detector}.json"),
        {
            "items": len(jobs) + len(fakes),
            "items_failed": len(failures),
            "items_from_original": len(fakes),
            "items_with_a_face": len(found[KEY].drop_duplicates()),
            "frames": len(frames),
            "frames_with_a_face": len(found[[*KEY, "frame"]].drop_duplicates()),
            "faces": len(found),
        },
    )


if __name__ == "__main__":
    run_stage(main)
