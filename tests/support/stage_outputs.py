"""Items as stages leave them: rows of an index, an archive of crops, rows of a split table."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from stages.common.archive import Record, item_path, write_archive
from stages.common.table import write
from stages.common.tables.faces import FACES_ROOT, crops_folder
from stages.common.tables.index import INDEX, index_path

FRAMES_PARAMS = {
    "store": True,
    "max_frames": 4,
    "interval": None,
    "clip": {"frames": 1, "stride": 1},
    "scale": "none",
    "format": "png",
    "jpeg_quality": 95,
    "max_failed_fraction": 1.0,
    "max_pixels": 1_000_000,
    "max_duration": 60.0,
    "max_seconds": 100.0,
}
"""Parameters of the stage `frames` for small items."""

LANDMARKS = {"landmarks": "12 16 25 16 18 23 13 29 24 29", "landmarks_from": "detector"}
"""Of a row of a face or split table."""


def write_index(dataset: str, items: Mapping[str, tuple[str, str]]) -> None:
    """Write the index of real videos by items: the path of each in the dataset, and its MD5."""
    rows = [
        {
            "dataset": dataset,
            "method": "real",
            "item": name,
            "path": path,
            "kind": "video",
            "label": "real",
            "group": name,
            "target": name,
            "donor": "",
            "original": "",
            "official_split": "",
            "attributes": "",
            "md5": md5,
        }
        for name, (path, md5) in items.items()
    ]
    write(index_path(dataset), pd.DataFrame(rows), INDEX)


def write_item(
    crops: list[np.ndarray], root: Path = Path(), role: str = "seen", **about: str
) -> list[dict]:
    """Write the RGB crops of one item below `root` and return a row for each.

    `about` gives ``dataset``, ``method``, ``item``, ``label`` and ``group``, and what else of the
    sources is known.
    """
    about = {"target": about["group"], "donor": "", "original": ""} | about
    folder = crops_folder(role, about["dataset"]).relative_to(FACES_ROOT)
    archive = item_path(folder, about["method"], about["item"])
    names = [f"{frame:06d}_0.png" for frame in range(len(crops))]
    members = {
        name: cv2.imencode(".png", crop[..., ::-1])[1].tobytes()
        for name, crop in zip(names, crops, strict=True)
    }
    write_archive(root / FACES_ROOT / archive, Record(digest="made"), members)
    return [
        about
        | {
            "frame": frame,
            "track": 0,
            "time": frame / 10,
            "x": 1.0,
            "y": 2.0,
            "width": 20.0,
            "height": 20.0,
            "confidence": 0.9,
            "seen_by": "both",
            "iou": 0.8,
            "crop": name,
            "archive": archive.as_posix(),
        }
        | LANDMARKS
        for frame, name in enumerate(names)
    ]
