"""The score tables: P(fake) of each face (in DVC's cache) and of each item (in git)."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key
from stages.common.tables.index import LABELS

SCORED_SPLITS = ("val", "test", "unseen")
BASELINE = "baseline"
"""Name of the baseline model, which has no network; every comparison includes it."""

SCORES_ROOT = Path("data/scores")
VIDEO_SCORES_ROOT = Path("metrics/scores")

SOURCES = ["group", "target", "donor"]
"""Columns that link items with shared source material."""

_ABOUT = {
    "split": column(str, "val, test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
    "label": column(str, "fake is the positive class", checks=pa.Check.isin(LABELS)),
    "group": column(str, "group, unique over all datasets"),
    "target": column(str, "whose video it is, unique over all datasets"),
    "donor": column(str, "whose face or expression was put in likewise, empty if unknown"),
    "p_fake": column(float, "P(fake), calibrated on val", checks=pa.Check.in_range(0, 1)),
}

FRAME_SCORES = pa.DataFrameSchema(
    item_key()
    | {
        "frame": column(int, "index in presentation order, from 0", "frames"),
        "track": column(int, "number of the person's track within the item, from 0"),
        "confidence": column(float, "of the detector that gave the box"),
    }
    | _ABOUT,
    unique=[*KEY, "frame", "track"],
    strict=True,
    coerce=True,
)

VIDEO_SCORES = pa.DataFrameSchema(
    item_key()
    | {"faces": column(int, "scored faces of the item; with none, P(fake) is the prior")}
    | _ABOUT,
    unique=KEY,
    strict=True,
    coerce=True,
)


def frame_scores_path(model: str) -> Path:
    """Return the path of the scores that `model` gives each face."""
    return SCORES_ROOT / f"{model}.csv"


def video_scores_path(model: str) -> Path:
    """Return the path of the scores that `model` gives each item; the file is small and in git."""
    return VIDEO_SCORES_ROOT / f"{model}.csv"
