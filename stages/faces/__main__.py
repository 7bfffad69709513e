"""Merge the boxes of all detectors, link faces into tracks and crop them.

If ``frames.store`` is false, there are no frames and boxes: each item is decoded, searched by all
detectors and cropped at once. A dataset of ready-made crops (`datasets.<name>.crops`) has none
either: each of its pictures is one face.

Command
    ``python -m stages.faces <dataset> <role>``
Reads
    ``data/frames/<dataset>/``, ``data/frame_tables/<dataset>.csv``,
    ``data/detections/<dataset>/``, ``data/index/<dataset>.csv``; without stored frames, and of
    ready-made crops, ``data/raw/<dataset>``
Writes
    ``data/faces/<role>/<dataset>/crops/`` (one archive per item) and ``…/faces.csv``,
    ``metrics/faces/<dataset>.json``, ``…_failures.csv`` and ``…_unchanged.csv``
Parameters
    ``detect``, ``detectors``, ``faces``, ``frames``; versions of ``media``, ``statistics``,
    ``fingerprint``, ``dlib`` and, without stored frames, of the detectors' groups
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.archive import item_path, read_record
from stages.common.code import code_of
from stages.common.command import run_stage
from stages.common.errors import ParamsError
from stages.common.items import Batched, ItemResult, Job, Outcome, run_items
from stages.common.metrics_file import write_metrics
from stages.common.originals import frames_of_originals
from stages.common.params import load
from stages.common.registry import find
from stages.common.spread import spread
from stages.common.suffixes import frames_in
from stages.common.table import KEY, read, write
from stages.common.tables.detections import DETECTIONS, detections_path
from stages.common.tables.faces import FACES, crops_folder, faces_path
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder
from stages.common.tables.index import CROP, INDEX, RAW, index_path
from stages.common.tables.unchanged import UNCHANGED, unchanged_path
from stages.common.versions import pinned
from stages.detect.detector import DETECTORS
from stages.detect.params import DetectParams
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.from_media import faces_of_media
from stages.faces.metrics import agreement
from stages.faces.params import Landmarks
from stages.faces.preprocessing import Preprocessing, load_preprocessing
from stages.faces.ready_made import take
from stages.faces.unstored import check_unstored
from stages.frames.params import FramesParams
from stages.frames.section import FramesSection

_BATCH_SIZE = 128
"""Ready-made crops that one process decodes: starting it costs as much as a dozen of them."""


def main(dataset: str, role: str) -> None:
    """Update the faces of `dataset` to its frames and boxes, or to its ready-made crops."""
    preprocessing = load_preprocessing()
    params = preprocessing.faces
    frames = load("frames", FramesSection)
    index = read(index_path(dataset), INDEX)

    def run(
        work: Callable[[Any], ItemResult] | Batched, jobs: list[Job], **options: Any
    ) -> Outcome:
        outcome = run_items(
            work,
            jobs,
            crops_folder(role, dataset),
            label=f"faces {dataset}",
            max_failed_fraction=params.max_failed_fraction,
            **options,
        )
        # Without any item, the rows have no columns but the key
        columns = [*FACES.columns, "kept", "change"]
        return replace(outcome, rows=outcome.rows.reindex(columns=columns))

    ready_made = (index["kind"] == CROP).all()
    if ready_made and frames.clip.frames > 1:
        raise ParamsError(
            f"frames.clip.frames is {frames.clip.frames}, but the crops of {dataset} are single "
            "pictures: set it to 1, or take the dataset out of `datasets`"
        )
    if ready_made:
        outcome, metrics = _take(dataset, index, params.landmarks, frames, run)
    elif frames.store:
        outcome, metrics = _find(dataset, index, preprocessing, run)
    else:
        check_unstored(load("detect", DetectParams), params)
        outcome, metrics = _find_unstored(dataset, index, preprocessing, run)
    kept = outcome.rows[outcome.rows["kept"].astype(bool)]
    write(faces_path(role, dataset), kept, FACES)
    write(failures_path("faces", dataset), outcome.failures, FAILURES)
    dropped = outcome.rows[outcome.rows["change"].notna()]
    unchanged = dropped.groupby([*KEY, "track"], as_index=False).agg(
        faces=("frame", "size"), change=("change", "first")
    )
    write(unchanged_path(dataset), unchanged, UNCHANGED)
    write_metrics(
        Path(f"metrics/faces/{dataset}.json"),
        metrics
        | {
            "faces_without_landmarks": int((kept["landmarks_from"] == "box").sum()),
            "items_failed": len(outcome.failures),
            "items_with_unchanged_tracks": len(unchanged[KEY].drop_duplicates()),
            "tracks_unchanged": len(unchanged),
        },
    )


def _find(
    dataset: str,
    index: pd.DataFrame,
    preprocessing: Preprocessing,
    run: Callable[..., Outcome],
) -> tuple[Outcome, dict[str, int | float | str]]:
    """Find the faces of all items, and return their rows with metrics of detection."""
    params, clip = preprocessing.faces, preprocessing.frames.clip
    detectors = list(preprocessing.detectors)
    frames = read(frame_table_path(dataset), FRAMES)
    boxes = {name: read(detections_path(dataset, name), DETECTIONS) for name in detectors}
    originals = frames_of_originals(frames, index) if params.min_change else None
    outcome = run(
        partial(faces_of_item, params=params, clip=clip),
        _jobs(dataset, frames, boxes, originals),
        provenance={
            "faces": params.model_dump(exclude={"max_failed_fraction"}),
            "clip": clip.model_dump(),
            "versions": pinned("media", "statistics", "fingerprint", "dlib"),
        },
        code=code_of(faces_of_item, "faces"),
    )
    return outcome, agreement(frames, outcome.rows, detectors, preprocessing.second)


def _find_unstored(
    dataset: str,
    index: pd.DataFrame,
    preprocessing: Preprocessing,
    run: Callable[..., Outcome],
) -> tuple[Outcome, dict[str, int | float | str]]:
    """Find the faces of all items as `_find`, from the media files."""
    root = RAW / dataset
    modules = [find("detector", name, DETECTORS) for name in preprocessing.detectors]
    code = code_of(faces_of_media, "faces")
    for module in modules:
        code |= code_of(module.make, "detect")
    outcome = run(
        partial(faces_of_media, root=root, preprocessing=preprocessing),
        [
            Job(row.dataset, row.method, row.item, row.md5, root / row.path)
            for row in index.itertuples()
        ],
        provenance={
            "frames": preprocessing.frames.model_dump(
                exclude={"max_failed_fraction", "max_seconds"}
            ),
            "detectors": [
                [name, of_it.model_dump()] for name, of_it in preprocessing.detectors.items()
            ],
            "second": preprocessing.second,
            "faces": preprocessing.faces.model_dump(exclude={"max_failed_fraction"}),
            "versions": pinned(
                "media",
                "statistics",
                "fingerprint",
                "dlib",
                *(group for module in modules for group in module.VERSIONS),
            ),
        },
        code=code,
    )
    rows = outcome.rows
    shown = rows[[*KEY, "frame"]].drop_duplicates()
    found = rows[rows["seen_by"] != ""]
    return replace(outcome, rows=found), agreement(
        shown, found, list(preprocessing.detectors), preprocessing.second
    )


def _take(
    dataset: str,
    index: pd.DataFrame,
    landmarks: Landmarks,
    frames: FramesParams,
    run: Callable[..., Outcome],
) -> tuple[Outcome, dict[str, int | float | str]]:
    """Take each picture as one face, and return their rows with their counts."""
    root = RAW / dataset
    outcome = run(
        Batched(
            partial(
                take,
                root=root,
                max_pixels=frames.max_pixels,
                max_seconds=frames.max_seconds,
                landmarks=landmarks,
            ),
            _BATCH_SIZE,
        ),
        [_crops_job(row, root / row.path, frames.max_frames) for row in index.itertuples()],
        provenance={
            "max_pixels": frames.max_pixels,
            "landmarks": landmarks.model_dump(),
            "versions": pinned("media", "fingerprint", "dlib"),
        },
        code=code_of(take, "faces"),
    )
    not_square = outcome.rows["width"] != outcome.rows["height"]
    counts = agreement(outcome.rows, outcome.rows, detectors=[])
    return outcome, counts | {"items_not_square": int(not_square.sum())}


def _crops_job(row: Any, path: Path, max_frames: int) -> Job:
    """Create the job of a row of the index: its picture, or pictures spread over its folder."""
    pictures = {0: path}
    content = row.md5
    if path.is_dir():
        found = frames_in(path)
        numbers = list(found)
        pictures = {
            numbers[place]: found[numbers[place]] for place in spread(len(numbers), max_frames)
        } or pictures
        content = f"{row.md5} {list(pictures)}"
    return Job(row.dataset, row.method, row.item, content, tuple(pictures.items()))


def _jobs(
    dataset: str,
    frames: pd.DataFrame,
    boxes: dict[str, pd.DataFrame],
    originals: pd.DataFrame | None,
) -> list[Job]:
    """Create one job per item; its content is the archives of frames and their boxes."""
    with_original = {} if originals is None else dict(tuple(originals.groupby(KEY)))
    by_item = {name: dict(tuple(table.groupby(KEY))) for name, table in boxes.items()}
    jobs = []
    for key, of_item in frames.groupby(KEY):
        _, method, item = key
        found = {name: tables.get(key, boxes[name].head(0)) for name, tables in by_item.items()}
        original, original_frames = None, {}
        if (matched := with_original.get(key)) is not None:
            first = matched.iloc[0]
            folder = frames_folder(dataset)
            original = item_path(folder, first["original_method"], first["original"])
            original_frames = dict(
                zip(matched["frame"].tolist(), matched["original_frame"].tolist(), strict=True)
            )
        inputs = ItemInputs(
            item_path(frames_folder(dataset), method, item),
            of_item.drop(columns=KEY),
            {name: table.drop(columns=KEY) for name, table in found.items()},
            original,
            original_frames,
        )
        content = hashlib.sha256(read_record(inputs.archive).digest.encode())
        for name, table in inputs.detections.items():
            content.update(f"{name}\n{table.to_csv(index=False)}".encode())
        if original is not None:
            content.update(f"{read_record(original).digest}{original_frames}".encode())
        jobs.append(Job(dataset, method, item, content.hexdigest(), inputs))
    return jobs


if __name__ == "__main__":
    run_stage(main)
