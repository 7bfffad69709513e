"""Detect faces in the stored frames of a dataset, one detector after the other.

Command
    ``python -m stages.detect <dataset>``
Reads
    ``data/frames/<dataset>/``, ``data/frame_tables/<dataset>.csv``, ``data/index/<dataset>.csv``
Writes
    for each of `detectors` ``data/boxes/<dataset>/<detector>/`` (one archive per item) and
    ``data/detections/<dataset>/<detector>.csv``; ``metrics/detect/<dataset>.json`` and
    ``…_failures.csv``
Parameters
    ``detect``, ``detectors``, ``faces.min_confidence``; versions of the detectors' groups
"""

import hashlib
import shutil
from functools import partial
from pathlib import Path

import pandas as pd

from stages.common.archive import item_path, read_record
from stages.common.code import code_of
from stages.common.command import run_stage
from stages.common.items import Job, run_items
from stages.common.metrics_file import write_metrics
from stages.common.params import load
from stages.common.registry import find
from stages.common.table import KEY, read, write
from stages.common.tables.detections import (
    DETECTIONS,
    MISSES,
    boxes_folder,
    boxes_root,
    detections_path,
)
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder
from stages.common.tables.index import INDEX, index_path
from stages.common.versions import pinned
from stages.detect.boxes import ToSearch, detect_item
from stages.detect.detector import DETECTORS
from stages.detect.originals import (
    boxes_of_originals,
    failures_of_originals,
    fakes_like_their_originals,
)
from stages.detect.params import DetectParams
from stages.detect.sure import sure_frames


def main(dataset: str) -> None:
    """Update the boxes of all detectors to the frames of `dataset`."""
    params = load("detect", DetectParams)
    detectors = load("detectors", list[str])
    min_confidence = load("faces.min_confidence", dict[str, float])
    _drop_unlisted(dataset, detectors)
    frames = read(frame_table_path(dataset), FRAMES)
    reused, seen = None, frames
    if params.from_original:
        reused = fakes_like_their_originals(frames, read(index_path(dataset), INDEX))
        fakes = pd.MultiIndex.from_frame(reused[KEY])
        seen = frames[~pd.MultiIndex.from_frame(frames[KEY]).isin(fakes)]
    archives = {
        key: item_path(frames_folder(dataset), key.method, key.item)
        for key in seen[KEY].drop_duplicates().itertuples(index=False)
    }
    digests = {key: read_record(archive).digest for key, archive in archives.items()}

    boxes: dict[str, pd.DataFrame] = {}
    failed: list[pd.DataFrame] = []
    metrics: dict[str, int | float | str] = {
        "items": len(frames[KEY].drop_duplicates()),
        "items_from_original": 0 if reused is None else len(reused[KEY].drop_duplicates()),
        "frames": len(frames),
    }
    for name in detectors:
        module = find("detector", name, DETECTORS)
        searched = seen
        if params.second == MISSES:
            searched = seen[~sure_frames(seen, boxes, min_confidence)]
        by_item = searched.groupby(KEY)["frame"].apply(tuple).to_dict()
        jobs = []
        for key, archive in archives.items():
            task = ToSearch(archive, by_item.get(key, ()))
            content = hashlib.sha256(f"{digests[key]} {task.frames}".encode()).hexdigest()
            jobs.append(Job(key.dataset, key.method, key.item, content, task))
        outcome = run_items(
            partial(detect_item, detector=name, params=params.of(name)),
            jobs,
            boxes_folder(dataset, name),
            provenance={
                "params": params.of(name).model_dump(),
                "versions": pinned(*module.VERSIONS),
            },
            code=code_of(detect_item, "detect") | code_of(module.make, "detect"),
            label=f"detect {dataset} {name}",
            max_failed_fraction=params.max_failed_fraction,
            on_gpu=module.ON_GPU,
        )
        # Without any item, the rows have no columns but the key
        boxes[name] = found = outcome.rows.reindex(columns=list(DETECTIONS.columns))
        failures = outcome.failures
        if reused is not None:
            found = pd.concat([found, boxes_of_originals(found, reused)])
            failures = pd.concat([failures, failures_of_originals(failures, reused)])
        write(detections_path(dataset, name), found, DETECTIONS)
        failed.append(failures.assign(error=f"{name}: " + failures["error"]))
        metrics |= {
            f"frames_searched_{name}": len(searched),
            f"frames_with_a_face_{name}": len(found[[*KEY, "frame"]].drop_duplicates()),
            f"items_with_a_face_{name}": len(found[KEY].drop_duplicates()),
            f"items_failed_{name}": len(failures),
            f"faces_{name}": len(found),
        }
    all_failures = pd.concat(failed).groupby(KEY, as_index=False)["error"].agg("; ".join)
    write(failures_path("detect", dataset), all_failures, FAILURES)
    write_metrics(Path(f"metrics/detect/{dataset}.json"), metrics)


def _drop_unlisted(dataset: str, detectors: list[str]) -> None:
    """Remove the boxes of detectors that no longer run, since DVC keeps the folder."""
    for folder in boxes_root(dataset).glob("*"):
        if folder.name not in detectors:
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


if __name__ == "__main__":
    run_stage(main)
