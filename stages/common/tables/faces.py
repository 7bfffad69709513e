"""The face table: every face that the policy kept, its track and its crop."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

ROLES = ("seen", "unseen")
FACES_ROOT = Path("data/faces")

FACE_COLUMNS = item_key() | {
    "frame": column(int, "index in presentation order, from 0", "frames"),
    "track": column(int, "number of the person's track within the item, from 0"),
    "time": column(float, "presentation time, from the first frame's 0", "s"),
    "x": column(float, "left edge in the stored frame", "px"),
    "y": column(float, "top edge in the stored frame", "px"),
    "width": column(float, "width of the box", "px"),
    "height": column(float, "height of the box", "px"),
    "confidence": column(float, "of the detector that gave the box"),
    "seen_by": column(
        str,
        "detectors that saw the face, joined by +, the one whose box it is first; both of two",
        checks=pa.Check.str_matches(r"^\w+(\+\w+)*$"),
    ),
    "iou": column(
        float, "least agreement of the box with another detector's, if one saw it", nullable=True
    ),
    "crop": column(str, "member of the item's archive of crops"),
}

FACES = pa.DataFrameSchema(FACE_COLUMNS, unique=[*KEY, "frame", "track"], strict=True, coerce=True)


def faces_folder(role: str, dataset: str) -> Path:
    """Folder of a dataset's faces; a folder a role keeps `train` from seeing unseen data change."""
    return FACES_ROOT / role / dataset


def crops_folder(role: str, dataset: str) -> Path:
    """Folder of the archives of crops."""
    return faces_folder(role, dataset) / "crops"


def faces_path(role: str, dataset: str) -> Path:
    """Where the face table of `dataset` is."""
    return faces_folder(role, dataset) / "faces.csv"
