"""The table of errors by attribute: which faces a model judges badly."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import column
from stages.common.tables.scores import SCORED_SPLITS

ATTRIBUTES = ("method", "seen_by", "face_size", "brightness", "detail")

ERRORS_BY = pa.DataFrameSchema(
    {
        "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml"),
        "attribute": column(
            str,
            "what the faces have in common: manipulation method, detectors that saw the face, "
            "shorter side of its box (px), mean of the luma (0 to 255), bytes a pixel of the "
            "stored crop (few: smooth or strongly compressed)",
            checks=pa.Check.isin(ATTRIBUTES),
        ),
        "part": column(str, "the attribute's value, or its range from-to"),
        "fakes": column(int, "faces of fakes"),
        "reals": column(int, "faces of reals"),
        "missed": column(float, "share of the fakes that are called real", nullable=True),
        "false_alarms": column(float, "share of the reals that are called fake", nullable=True),
        "auc": column(float, "frame-level AUC within the part", nullable=True),
    },
    unique=["split", "dataset", "attribute", "part"],
    strict=True,
    coerce=True,
)


def errors_by_path(model: str) -> Path:
    """Where the errors of `model` by attribute are; small, and in git."""
    return Path("metrics/errors") / f"{model}.csv"
