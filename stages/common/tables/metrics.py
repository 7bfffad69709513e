"""The metric table: every metric of one model with its confidence interval."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import column
from stages.common.tables.scores import SCORED_SPLITS

ALL_METHODS = "all"
LEVELS = ("frame", "video", "all_items")
"""Faces; items with a face; all items, one without a face at P(fake) = prior. The last is there
only for splits in which some item has no face."""

MACRO_AVERAGE = "macro_average"
"""Stands for a dataset: the mean over the unseen ones."""

COUNTS = {
    "fakes": column(int, "fakes of the level: faces or items"),
    "reals": column(int, "reals of the level"),
    "fakes_without_face": column(int, "fakes among these in which no face was found"),
    "reals_without_face": column(int, "reals among these in which no face was found"),
}


def clusters_column() -> pa.Column:
    """Declare how many clusters intervals rest on."""
    return column(
        int,
        "targets, or donors where these are fewer and most scores have one; of macro_average: the "
        "fewest of a dataset",
    )


METRICS = pa.DataFrameSchema(
    {
        "split": column(str, "val, test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml, or macro_average"),
        "method": column(str, "'all', or one method's fakes against the dataset's reals"),
        "level": column(
            str,
            "frame (faces), video (items with a face) or all_items",
            checks=pa.Check.isin(LEVELS),
        ),
        "metric": column(str, "name of the metric"),
        "value": column(float, "the metric, empty if undefined", nullable=True),
        "low": column(float, "lower bound of its interval", nullable=True),
        "high": column(float, "upper bound of its interval", nullable=True),
    }
    | COUNTS
    | {
        "clusters": clusters_column(),
        "fixed": column(str, "what the interval takes as given, empty without an interval"),
        "note": column(str, "why the metric or its interval is undefined, else empty"),
    },
    unique=["split", "dataset", "method", "level", "metric"],
    strict=True,
    coerce=True,
)


def metrics_path(model: str) -> Path:
    """Return the path of the metric table of `model`; it is small and in git."""
    return Path("metrics/tables") / f"{model}.csv"
