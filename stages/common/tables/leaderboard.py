"""The leaderboard: every model, ensemble and the baseline, best first, with intervals."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import column
from stages.common.tables.metrics import LEVELS
from stages.common.tables.scores import SCORED_SPLITS

RANKED = (
    "auc",
    "average_precision",
    "equal_error_rate",
    "balanced_accuracy",
    "log_loss",
    "brier",
    "ece",
)
"""Figures of the leaderboard; each has the columns ``_low`` and ``_high`` of its interval."""

LEADERBOARD_PATH = Path("metrics/leaderboard.csv")

LEADERBOARD = pa.DataFrameSchema(
    {
        "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml"),
        "level": column(str, "frame (faces) or video (media)", checks=pa.Check.isin(LEVELS)),
        "rank": column(int, "place by AUC within split, dataset and level, from 1"),
        "model": column(str, "backbone, ensemble_mean, ensemble_weighted or baseline"),
        "beats_baseline": column(
            str,
            "whether the interval of the paired difference of AUC lies above 0",
            checks=pa.Check.isin(["yes", "no", "undefined", "is baseline"]),
        ),
        "auc_gain": column(float, "AUC less the baseline's", nullable=True),
        "auc_gain_low": column(float, "lower bound of its paired interval", nullable=True),
        "auc_gain_high": column(float, "upper bound of its paired interval", nullable=True),
        "groups": column(int, "groups that were scored"),
        "scored": column(int, "faces or media that were scored"),
    }
    | {
        f"{figure}{end}": column(
            float, f"{figure}{end}, empty if undefined".replace("_", " "), nullable=True
        )
        for figure in RANKED
        for end in ("", "_low", "_high")
    },
    unique=["split", "dataset", "level", "rank"],
    strict=True,
    coerce=True,
)
