"""The face table: every face that the merging policy keeps, with its track and crop."""

from pathlib import Path

import numpy as np
import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

ROLES = ("seen", "unseen")
FACES_ROOT = Path("data/faces")

FACE_COLUMNS = item_key() | {
    "frame": column(int, "index in presentation order, from 0", "frames"),
    "track": column(int, "number of the person's track within the item, from 0"),
    "time": column(float, "presentation time since the first frame", "s"),
    "x": column(float, "left edge in the stored frame", "px"),
    "y": column(float, "top edge in the stored frame", "px"),
    "width": column(float, "width of the box", "px"),
    "height": column(float, "height of the box", "px"),
    "confidence": column(float, "confidence of the detector that found the box"),
    "seen_by": column(
        str,
        "detectors that found the face, joined by +; the first one gave the box. `given`: a crop "
        "of the dataset's owners",
        checks=pa.Check.str_matches(r"^\w+(\+\w+)*$"),
    ),
    "iou": column(
        float, "minimum IoU with the other detectors' boxes, empty if there are none", nullable=True
    ),
    "crop": column(str, "member of the item's archive of crops"),
    "landmarks": column(
        str,
        "x and y of 5 points (`stages.common.tables.detections.LANDMARKS`) or of dlib's 68, in "
        "whole pixels of the stored crop, separated by spaces",
        "px",
        checks=pa.Check.str_matches(r"^-?\d{1,6}( -?\d{1,6}){9}(( -?\d{1,6}){126})?$"),
    ),
    "landmarks_from": column(
        str,
        "detector; predictor (`faces.landmarks`); or box: a mean face placed in it, since nothing "
        "found landmarks",
        checks=pa.Check.isin(["detector", "predictor", "box"]),
    ),
}

HASHES = ["frame_hash", "crop_hash"]

_HASH_COLUMNS = {
    name: column(
        str,
        f"pHash of the {name.removesuffix('_hash')}, hexadecimal; empty if flat or not hashed",
        checks=pa.Check.str_matches("^([0-9a-f]{64})?$"),
    )
    for name in HASHES
}

FACES = pa.DataFrameSchema(
    FACE_COLUMNS | _HASH_COLUMNS, unique=[*KEY, "frame", "track"], strict=True, coerce=True
)


def landmarks_text(points: np.ndarray) -> str:
    """Write points x, y in pixels of the crop, shape (5, 2) or (68, 2), as the table has them."""
    return " ".join(map(str, np.rint(points).astype(int).ravel().tolist()))


def landmarks_of(text: str) -> np.ndarray:
    """Read the points of a row: float64, shape (5, 2) or (68, 2)."""
    return np.array(text.split(), float).reshape(-1, 2)


def faces_folder(role: str, dataset: str) -> Path:
    """Return the folder of a dataset's faces.

    Each role has its own folder, so that a change of unseen data does not re-run `train`.
    """
    return FACES_ROOT / role / dataset


def crops_folder(role: str, dataset: str) -> Path:
    """Return the folder of the archives of crops, one per item."""
    return faces_folder(role, dataset) / "crops"


def faces_path(role: str, dataset: str) -> Path:
    """Return the path of the face table of `dataset`."""
    return faces_folder(role, dataset) / "faces.csv"
