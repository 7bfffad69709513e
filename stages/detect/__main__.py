"""Detect faces in the stored frames of a dataset, with one detector.

Command
    ``python -m stages.detect <dataset> <detector>``
Reads
    ``data/frames/<dataset>/``, ``data/frame_tables/<dataset>.csv``
Writes
    ``data/boxes/<dataset>/<detector>/`` (one item a medium),
    ``data/detections/<dataset>/<detector>.csv``, ``metrics/detect/<dataset>-<detector>.json``
    and ``…_failures.csv``
Parameters
    ``detect.max_failed_fraction``, ``detect.<detector>``; versions of the detector's libraries
"""

from functools import partial
from pathlib import Path

from stages.common.archive import item_path, read_record
from stages.common.code import imported_files, syntax_digest
from stages.common.command import run_stage
from stages.common.items import Job, run_items
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.table import KEY, read, write
from stages.common.tables.detections import DETECTIONS, boxes_folder, detections_path
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder
from stages.common.versions import pinned
from stages.detect.detector import detector_module
from stages.detect.medium import detect_medium
from stages.detect.params import Fraction


def main(dataset: str, detector: str) -> None:
    """Bring the boxes of one detector up to date with the frames of `dataset`."""
    module = detector_module(detector)
    max_failed_fraction = load("detect.max_failed_fraction", Fraction)
    params = load(f"detect.{detector}", module.Params)
    frames = read(frame_table_path(dataset), FRAMES)
    jobs = []
    for key in frames[KEY].drop_duplicates().itertuples(index=False):
        archive = item_path(frames_folder(dataset), key.method, key.media)
        jobs.append(Job(*key, content=read_record(archive).digest, task=archive))
    outcome = run_items(
        partial(detect_medium, detector=detector, params=params),
        jobs,
        boxes_folder(dataset, detector),
        recipe={
            "params": params.model_dump(),
            "versions": pinned(*module.LIBRARIES),
            # The detector is imported by name, so its code is added by hand
            "detector": syntax_digest(imported_files(Path(f"stages/detect/{detector}.py"))),
        },
        label=f"detect {dataset} {detector}",
        max_failed_fraction=max_failed_fraction,
    )
    write(detections_path(dataset, detector), outcome.rows, DETECTIONS)
    write(failures_path("detect", f"{dataset}-{detector}"), outcome.failures, FAILURES)
    found = outcome.rows
    write_metrics(
        Path(f"metrics/detect/{dataset}-{detector}.json"),
        {
            "media": len(jobs),
            "media_failed": len(outcome.failures),
            "media_with_a_face": len(found[KEY].drop_duplicates()),
            "frames": len(frames),
            "frames_with_a_face": len(found[[*KEY, "frame"]].drop_duplicates()),
            "faces": len(found),
        },
    )


if __name__ == "__main__":
    run_stage(main)
