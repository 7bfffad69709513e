"""Test every pair of models with three tests, corrected for multiple comparisons."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from stages.common.metrics.bootstrap import Intervals
from stages.common.table import column
from stages.common.tables.scores import SCORED_SPLITS
from stages.compare.delong import delong_test
from stages.compare.holm import holm
from stages.compare.leaderboard import difference
from stages.compare.mcnemar import mcnemar_test
from stages.compare.trial import Trial

TESTS = ("bootstrap", "delong", "mcnemar")
"""The columns ``p_<test>`` hold p-values, ``holm_<test>`` those after Holm's correction."""

COMPARISONS_PATH = Path("metrics/comparisons.csv")

COMPARISONS = pa.DataFrameSchema(
    {
        "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml"),
        "first": column(str, "a model"),
        "second": column(str, "another one"),
        "items": column(int, "items that both scored"),
        "groups": column(int, "groups that these belong to"),
        "auc_difference": column(float, "video-level AUC of first less second's", nullable=True),
        "low": column(float, "lower bound of its paired interval over groups", nullable=True),
        "high": column(float, "upper bound of its paired interval over groups", nullable=True),
    }
    | {
        f"{kind}_{test}": column(float, "p-value, empty if undefined", nullable=True)
        for kind in ("p", "holm")
        for test in TESTS
    },
    unique=["split", "dataset", "first", "second"],
    strict=True,
    coerce=True,
)


def comparisons(trials: list[Trial], intervals: Intervals) -> pd.DataFrame:
    """Compute the rows of `COMPARISONS`, at video level.

    DeLong's and McNemar's tests assume independent cases, which frames of one video are not.
    Holm's correction is applied to each test separately, over the whole table.
    """
    rows = [
        _compare(trial, first, second, intervals)
        for trial in trials
        if trial.level == "video"
        for first, second in combinations(sorted(trial.scores), 2)
    ]
    table = pd.DataFrame(rows)
    return table.assign(**{f"holm_{test}": holm(table[f"p_{test}"].to_numpy()) for test in TESTS})


def _compare(trial: Trial, first: str, second: str, intervals: Intervals) -> dict[str, Any]:
    gap, bounds = difference(trial, first, second, intervals)
    low, high = (np.nan, np.nan) if isinstance(bounds, str) else bounds
    right = {
        model: (trial.scores[model] >= trial.thresholds[model]) == trial.fake
        for model in (first, second)
    }
    return {
        "split": trial.split,
        "dataset": trial.dataset,
        "first": first,
        "second": second,
        "items": trial.fake.size,
        "groups": trial.groups,
        "auc_difference": gap,
        "low": low,
        "high": high,
        "p_bootstrap": np.nan if isinstance(bounds, str) else bootstrap_test(trial, first, second),
        "p_delong": delong_test(trial.fake, trial.scores[first], trial.scores[second]),
        "p_mcnemar": mcnemar_test(right[first], right[second]),
    }


def bootstrap_test(trial: Trial, first: str, second: str) -> float:
    """Two-sided p-value for equal AUCs, from how rarely the paired difference changes its sign.

    One replicate is added to each side so that no p-value is 0 (Davison and Hinkley 1997, 4.2).
    """
    gaps = trial.replicates[first]["auc"] - trial.replicates[second]["auc"]
    gaps = gaps[np.isfinite(gaps)]
    rarer = min((gaps <= 0).sum(), (gaps >= 0).sum())
    return min(1.0, 2 * (rarer + 1) / (gaps.size + 1))
