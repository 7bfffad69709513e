"""Test the differences between models: pairs, three tests, corrected."""

from collections.abc import Collection
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from stages.common.metrics.bootstrap import Intervals, p_value
from stages.common.table import column
from stages.common.tables.metrics import clusters_column
from stages.common.tables.scores import SCORED_SPLITS
from stages.compare.ensemble import ENSEMBLES
from stages.compare.holm import holm
from stages.compare.leaderboard import difference, interval_of
from stages.compare.obuchowski import obuchowski_test
from stages.compare.slices import ScoredSlice

TESTS = ("bootstrap", "obuchowski", "decisions")
"""Of equal AUC the first two, of equal accuracy the last. p-values are columns ``p_<test>``, those
corrected for multiple comparisons ``holm_<test>``."""

COMPARISONS_PATH = Path("metrics/comparisons.csv")

COMPARISONS = pa.DataFrameSchema(
    {
        "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml"),
        "first": column(str, "a model"),
        "second": column(str, "another one"),
        "items": column(int, "items that both scored"),
        "clusters": clusters_column(),
        "auc_difference": column(float, "video-level AUC of first less second's", nullable=True),
        "low": column(float, "lower bound of its paired interval", nullable=True),
        "high": column(float, "upper bound of its paired interval", nullable=True),
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


def comparisons(
    scored_slices: list[ScoredSlice], intervals: Intervals, members: Collection[str] = ()
) -> pd.DataFrame:
    """Compute the rows of `COMPARISONS`, at video level.

    Two models are compared on the items that both scored; an ensemble is not compared with its own
    members. The family of Holm's correction is a dataset within a split, one test at a time: each
    dataset answers a question of its own.

    Parameters
    ----------
    scored_slices : list of ScoredSlice
        Scores by split, dataset and level.
    intervals : Intervals
        How intervals are computed.
    members : collection of str
        Members of the ensembles.
    """
    tables = [
        _of_slice(scored, intervals, members) for scored in scored_slices if scored.level == "video"
    ]
    return pd.concat(tables, ignore_index=True)


def _of_slice(scored: ScoredSlice, intervals: Intervals, members: Collection[str]) -> pd.DataFrame:
    rows = [
        _compare(scored.of_both(*pair), *pair, intervals)
        for pair in combinations(sorted(scored.measured), 2)
        if scored.scored_by(*pair).any() and not _one_of_the_other(pair, members)
    ]
    table = pd.DataFrame(rows)
    return table.assign(**{f"holm_{test}": holm(table[f"p_{test}"].to_numpy()) for test in TESTS})


def _one_of_the_other(pair: tuple[str, str], members: Collection[str]) -> bool:
    """Whether one is an ensemble and the other a member of it."""
    return any(one in ENSEMBLES for one in pair) and any(one in members for one in pair)


def _compare(scored: ScoredSlice, first: str, second: str, intervals: Intervals) -> dict[str, Any]:
    auc, accuracy = (difference(scored, first, second, name) for name in ("auc", "accuracy"))
    low, high = interval_of(auc, scored, intervals)
    parts = scored.auc_components
    return {
        "split": scored.split,
        "dataset": scored.dataset,
        "first": first,
        "second": second,
        "items": scored.fake.size,
        "clusters": scored.clusters.count,
        "auc_difference": auc[0] if auc else np.nan,
        "low": low,
        "high": high,
        "p_bootstrap": p_value(*auc, scored.clusters, intervals) if auc else np.nan,
        "p_obuchowski": obuchowski_test(scored.fake, parts[first], parts[second], scored.clusters)
        if parts
        else np.nan,
        "p_decisions": p_value(*accuracy, scored.clusters, intervals) if accuracy else np.nan,
    }
