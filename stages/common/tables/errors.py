"""The tables of errors: how well a model does by attribute, and how far its values lie apart."""

import re
from pathlib import Path

import pandera.pandas as pa

from stages.common.table import column
from stages.common.tables.scores import SCORED_SPLITS

ERROR_METRICS = {"auc": "AUC", "false_alarms": "false alarms", "missed": "fakes missed"}
"""Metrics of the table of errors, each with its title in cards and reports."""

GAP_METRICS = ("auc", "false_alarms")
"""Metrics by which the values of an attribute are compared."""

_RANGE = re.compile(r"0*(\d+\.\d\d)-0*(\d+\.\d\d)")

_WHERE = {
    "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
    "dataset": column(str, "name of the dataset in params.yaml"),
    "attribute": column(
        str,
        "what the faces have in common: nothing (all), manipulation method, detectors that saw the "
        "face (seen_by), mean of the luma (brightness, 0 to 255), bytes a pixel of the stored crop "
        "(detail; few: smooth or strongly compressed), shorter side of the box (face_size, px), or "
        "an attribute of the dataset",
    ),
}

ERRORS = pa.DataFrameSchema(
    _WHERE
    | {
        "part": column(
            str,
            "the attribute's value, or its range from-to; '(… others)' are the values of too few "
            "clusters, of an attribute with many",
        ),
        "metric": column(
            str,
            "auc; missed: share of the fakes called real; false_alarms: share of the reals called "
            "fake",
            checks=pa.Check.isin(ERROR_METRICS),
        ),
        "value": column(float, "the metric by frame, empty if undefined", nullable=True),
        "low": column(float, "lower bound of its interval", nullable=True),
        "high": column(float, "upper bound of its interval", nullable=True),
        "fakes": column(int, "faces of fakes"),
        "reals": column(int, "faces of reals"),
        "clusters": column(
            int,
            "clusters of the metric's faces; of its reals or its fakes, whichever are fewer",
        ),
        "note": column(str, "why the metric or its interval is undefined, else empty"),
    },
    unique=[*_WHERE, "part", "metric"],
    strict=True,
    coerce=True,
)


def _end(which: str) -> dict[str, pa.Column]:
    return {
        which: column(str, f"part with the {which} value of the metric, empty if there is no gap"),
        f"{which}_value": column(float, "the metric there", nullable=True),
        f"{which}_low": column(float, "lower bound of its interval", nullable=True),
        f"{which}_high": column(float, "upper bound of its interval", nullable=True),
    }


GAPS = pa.DataFrameSchema(
    _WHERE
    | {
        "metric": column(
            str, "by which the values are compared", checks=pa.Check.isin(GAP_METRICS)
        ),
        "values": column(int, "values that have an interval, and are compared"),
    }
    | _end("worst")
    | _end("best")
    | {
        "gap": column(float, "distance from the worst to the best, never negative", nullable=True),
        "gap_low": column(
            float, "lower bound of its interval; above 0, the values differ", nullable=True
        ),
        "gap_high": column(float, "upper bound of its interval", nullable=True),
        "clusters": column(int, "clusters that the gap rests on: the fewer of the two values'"),
        "note": column(str, "why there is no gap, else empty"),
    },
    unique=[*_WHERE, "metric"],
    strict=True,
    coerce=True,
)


def errors_path(model: str) -> Path:
    """Return the path of the errors of `model` by attribute; the file is small and in git."""
    return Path("metrics/errors") / f"{model}.csv"


def gaps_path(model: str) -> Path:
    """Return the path of the gaps between the values of attributes; it is in git likewise."""
    return Path("metrics/gaps") / f"{model}.csv"


def part_title(part: str) -> str:
    """Write a part as people do: a range without the leading zeros by which it is sorted."""
    return _RANGE.sub(r"\1-\2", part) if _RANGE.fullmatch(part) else part
