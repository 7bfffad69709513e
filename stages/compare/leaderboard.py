"""Models ranked by AUC and compared with the baseline."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from stages.common.metrics.bootstrap import Intervals, interval
from stages.common.metrics.definitions import shown_in
from stages.common.metrics.macro import worst_dataset
from stages.common.table import column
from stages.common.tables.metrics import COUNTS, LEVELS, MACRO_AVERAGE, clusters_column
from stages.common.tables.scores import BASELINE, SCORED_SPLITS
from stages.compare.slices import ScoredSlice

LEADERBOARD_PATH = Path("metrics/leaderboard.csv")

DETECTORS, CROPS, BOTH = "detectors", "crops", "both"

LEADERBOARD = pa.DataFrameSchema(
    {
        "split": column(str, "test or unseen", checks=pa.Check.isin(SCORED_SPLITS)),
        "dataset": column(str, "name of the dataset in params.yaml, or macro_average"),
        "faces_from": column(
            str,
            "detectors, or crops: ready-made by the dataset's owners; of macro_average also both",
            checks=pa.Check.isin([DETECTORS, CROPS, BOTH]),
        ),
        "level": column(
            str,
            "frame (faces), video (items with a face) or all_items",
            checks=pa.Check.isin(LEVELS),
        ),
        "rank": column(int, "place by AUC within split, dataset and level, from 1"),
        "model": column(
            str, "backbone, ensemble_mean, ensemble_weighted, baseline or a name in `scores`"
        ),
        "coverage": column(
            float,
            "share of the level's faces or items that the model scored, on which its row rests; at "
            "all_items the others count as undecided",
        ),
        "beats_baseline": column(
            str,
            "whether the interval of the paired difference of AUC lies above 0",
            checks=pa.Check.isin(["yes", "no", "undefined", "is baseline"]),
        ),
        "auc_gain": column(
            float, "AUC less the baseline's, on what the model scored", nullable=True
        ),
        "auc_gain_low": column(float, "lower bound of its paired interval", nullable=True),
        "auc_gain_high": column(float, "upper bound of its paired interval", nullable=True),
        "clusters": clusters_column(),
    }
    | COUNTS
    | {
        "worst_dataset": column(str, "of macro_average: where the AUC is lowest; else empty"),
        "seeds": column(int, "trainings of the backbone from different seeds, by video"),
        "auc_seed_mean": column(float, "mean of their AUCs, empty for one", nullable=True),
        "auc_seed_deviation": column(float, "standard deviation of them", nullable=True),
    }
    | {
        f"{metric}{end}": column(
            float, f"{metric}{end}, empty if undefined".replace("_", " "), nullable=True
        )
        for metric in shown_in("leaderboard")
        for end in ("", "_low", "_high")
    },
    unique=["split", "dataset", "level", "rank"],
    strict=True,
    coerce=True,
)


def leaderboard(
    scored_slices: list[ScoredSlice], intervals: Intervals, ready_made: Collection[str] = ()
) -> pd.DataFrame:
    """Compute the rows of `LEADERBOARD`, of one training of each backbone.

    Parameters
    ----------
    scored_slices : list of ScoredSlice
        Scores by split, dataset and level.
    intervals : Intervals
        How intervals are computed.
    ready_made : collection of str
        Datasets whose faces are ready-made crops.
    """
    rows = [row for scored in scored_slices for row in _ranked(scored, intervals)]
    once = {"seeds": 1, "auc_seed_mean": np.nan, "auc_seed_deviation": np.nan}
    board = _with_worst_datasets(pd.DataFrame(rows).assign(**once))
    return board.assign(faces_from=_faces_from(board, ready_made))


def _faces_from(board: pd.DataFrame, ready_made: Collection[str]) -> pd.Series:
    average = board["dataset"] == MACRO_AVERAGE
    origins = board["dataset"].isin(ready_made).map({False: DETECTORS, True: CROPS})
    averaged = origins[(board["split"] == "unseen") & ~average].unique()
    return origins.mask(average, averaged[0] if len(averaged) == 1 else BOTH)


def _with_worst_datasets(board: pd.DataFrame) -> pd.DataFrame:
    average = board["dataset"] == MACRO_AVERAGE
    unseen = board[(board["split"] == "unseen") & ~average].groupby(["level", "model"])
    worst = {
        name: worst_dataset(zip(rows["dataset"], rows["auc"], strict=True), "auc")
        for name, rows in unseen
    }
    return board.assign(
        worst_dataset=[
            worst[level, model] if averaged else ""
            for averaged, level, model in zip(average, board["level"], board["model"], strict=True)
        ]
    )


def _ranked(scored: ScoredSlice, intervals: Intervals) -> list[dict[str, Any]]:
    rows = [_row(scored, model, intervals) for model in sorted(scored.measured)]
    # Models with an undefined AUC come last; ties stay in alphabetical order
    rows.sort(key=lambda row: -row["auc"] if np.isfinite(row["auc"]) else np.inf)
    return [row | {"rank": rank} for rank, row in enumerate(rows, start=1)]


def _row(scored: ScoredSlice, model: str, intervals: Intervals) -> dict[str, Any]:
    measured, own = scored.measured[model], scored.scored_by(model)
    fake, faceless = scored.fake[own], scored.faceless[own]
    row: dict[str, Any] = {
        "split": scored.split,
        "dataset": scored.dataset,
        "level": scored.level,
        "model": model,
        "coverage": scored.covered[model].mean(),
        "clusters": measured.clusters.count,
        "fakes": fake.sum(),
        "reals": (~fake).sum(),
        "fakes_without_face": (fake & faceless).sum(),
        "reals_without_face": (~fake & faceless).sum(),
    }
    for name in shown_in("leaderboard"):
        value = measured.points[name]
        bounds: tuple[float, float] | str = ""
        if not isinstance(value, str):
            bounds = interval(value, measured.replicates[name], measured.clusters, intervals)
        row[name] = np.nan if isinstance(value, str) else value
        row[f"{name}_low"], row[f"{name}_high"] = _or_nan(bounds)
    return row | _gain(scored, model, intervals)


def _gain(scored: ScoredSlice, model: str, intervals: Intervals) -> dict[str, Any]:
    both = scored.of_both(model, BASELINE)
    gain = difference(both, model, BASELINE, "auc")
    low, high = interval_of(gain, both, intervals)
    if model == BASELINE:
        verdict = "is baseline"
    elif np.isnan(low):
        verdict = "undefined"
    else:
        verdict = "yes" if low > 0 else "no"
    return {
        "beats_baseline": verdict,
        "auc_gain": gain[0] if gain else np.nan,
        "auc_gain_low": low,
        "auc_gain_high": high,
    }


def difference(
    scored: ScoredSlice, first: str, second: str, metric: str
) -> tuple[float, np.ndarray] | None:
    """A metric of one model less another's, and its paired replicates.

    Returns
    -------
    tuple of float and ndarray, or None
        None where the metric is undefined for either.
    """
    left, right = (scored.measured[model] for model in (first, second))
    one, other = left.points[metric], right.points[metric]
    if isinstance(one, str) or isinstance(other, str):
        return None
    return one - other, left.replicates[metric] - right.replicates[metric]


def interval_of(
    gap: tuple[float, np.ndarray] | None, scored: ScoredSlice, intervals: Intervals
) -> tuple[float, float]:
    """Interval of a `difference`; NaN where there is none."""
    return _or_nan(interval(*gap, scored.clusters, intervals) if gap else "")


def _or_nan(bounds: tuple[float, float] | str) -> tuple[float, float]:
    return (np.nan, np.nan) if isinstance(bounds, str) else bounds
