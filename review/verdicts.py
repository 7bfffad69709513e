"""What became better or worse, by a paired bootstrap over clusters on the scores of items.

Both models score the same items, so each resampling of targets and donors is taken for both, and
the interval is that of the difference (Efron and Tibshirani 1993, 8.3; clusters resampled whole).
It holds the noise of the items that were drawn, not the noise of another training.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from stages.common.metrics.bootstrap import Intervals, interval, resample
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.definitions import DEFINITIONS, compute_metrics, replicate_metrics
from stages.common.metrics.metrics_table import MetricsParams, slices
from stages.common.metrics.scores import Scores
from stages.common.table import KEY
from stages.common.tables.scores import SOURCES

Verdict = Literal[
    "better", "worse", "within noise", "unchanged", "not comparable", "undecided", "undefined"
]


@dataclass(frozen=True)
class Estimate:
    """A metric with its interval; NaN if there is none."""

    value: float = np.nan
    low: float = np.nan
    high: float = np.nan


@dataclass(frozen=True)
class Judgement:
    """One metric of one model on one slice of the items, in both commits.

    Attributes
    ----------
    model, level, split, dataset, method, metric : str
        What the metric was computed on; `level` is "frame" or "video", `method` is "all" or one
        manipulation method, whose fakes are then the only ones.
    base, head : Estimate
        The metric in each commit.
    change : Estimate
        Head minus base; NaN if they are not comparable.
    verdict : str
        Meaning of the change.
    reason : str
        Why no verdict could be reached; empty if one was.
    """

    model: str
    level: str
    split: str
    dataset: str
    method: str
    metric: str
    base: Estimate
    head: Estimate
    change: Estimate
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Scored:
    """The item scores of one model in one commit.

    Attributes
    ----------
    scores : DataFrame
        Rows of `stages.common.tables.scores.VIDEO_SCORES`.
    threshold : float
        Threshold chosen on val; NaN if it cannot be recomputed.
    """

    scores: pd.DataFrame
    threshold: float


def judge(
    model: str,
    base: Scored,
    head: Scored,
    differences: dict[tuple[str, str], str],
    params: MetricsParams,
) -> list[Judgement]:
    """Judge all metrics of a model at video level, on every slice that either commit has.

    Parameters
    ----------
    model : str
        Name of the model.
    base, head : Scored
        The model's scores in each commit.
    differences : dict of (split, dataset) to str
        How the items of the two commits differ; empty if they do not.
    params : MetricsParams
        Bins and intervals, used for both commits.
    """
    judged = []
    for name, old, new in _paired_slices(base.scores, head.scores):
        difference = differences[name["split"], name["dataset"]]
        if not difference and not _same_items(old, new):
            difference = "this model does not score the same items in both commits"
        sides = _Side(old, base.threshold, params), _Side(new, head.threshold, params)
        for metric in DEFINITIONS:
            change, verdict, reason = _compared(metric, *sides, params.intervals, difference)
            judged.append(
                Judgement(
                    model=model,
                    level="video",
                    **name,
                    metric=metric,
                    base=sides[0].estimate(metric),
                    head=sides[1].estimate(metric),
                    change=change,
                    verdict=verdict,
                    reason=reason,
                )
            )
    return judged


def judge_frames(
    model: str, base: pd.DataFrame, head: pd.DataFrame, differences: dict[tuple[str, str], str]
) -> list[Judgement]:
    """Judge the metrics at frame level by their intervals only, as git has no scores of faces.

    Disjoint intervals count as a difference; overlapping intervals leave it undecided.

    Parameters
    ----------
    model : str
        Name of the model.
    base, head : DataFrame
        Rows of `stages.common.tables.metrics.METRICS` in each commit.
    differences : dict of (split, dataset) to str
        As in `judge`.
    """
    key = ["split", "dataset", "method", "metric"]
    sides = [rows[rows["level"] == "frame"].set_index(key) for rows in (base, head)]
    counts = ["fakes", "reals", "clusters"]
    judged = []
    for name in sides[0].index.intersection(sides[1].index, sort=True):
        old, new = (side.loc[name] for side in sides)
        difference = differences[name[0], name[1]]
        if not difference and not old[counts].equals(new[counts]):
            difference = f"{old.fakes + old.reals} faces before, {new.fakes + new.reals} after"
        before, after = (Estimate(row["value"], row["low"], row["high"]) for row in (old, new))
        change, verdict, reason = _compared_by_intervals(name[3], before, after, difference)
        about = dict(zip(key, name, strict=True))
        judged.append(
            Judgement(
                model,
                "frame",
                **about,
                base=before,
                head=after,
                change=change,
                verdict=verdict,
                reason=reason,
            )
        )
    return judged


def _paired_slices(
    base: pd.DataFrame, head: pd.DataFrame
) -> Iterator[tuple[dict[str, str], pd.DataFrame, pd.DataFrame]]:
    old, new = (
        {tuple(name.items()): rows.sort_values(KEY) for name, rows in slices(scores)}
        for scores in (base, head)
    )
    for name in sorted(old.keys() | new.keys()):
        yield dict(name), old.get(name, base.iloc[:0]), new.get(name, head.iloc[:0])


def _same_items(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    about = [*KEY, "label", *SOURCES]
    return old[about].reset_index(drop=True).equals(new[about].reset_index(drop=True))


class _Side:
    """Metrics of a slice in one commit, with their bootstrap replicates."""

    def __init__(self, rows: pd.DataFrame, threshold: float, params: MetricsParams) -> None:
        fake = (rows["label"] == "fake").to_numpy()
        scores = Scores(fake, rows["p_fake"].to_numpy(), threshold, params.ece_bins)
        self.clusters = Clusters.of(rows)
        self.intervals = params.intervals
        self.points = compute_metrics(scores)
        replicate = partial(replicate_metrics, scores, self.clusters.unit)
        self.replicates = resample(self.clusters, self.intervals, replicate) if len(rows) else {}

    def estimate(self, metric: str) -> Estimate:
        value = self.points[metric]
        if isinstance(value, str):
            return Estimate()
        bounds = interval(value, self.replicates[metric], self.clusters, self.intervals)
        return Estimate(value) if isinstance(bounds, str) else Estimate(value, *bounds)


def _compared(
    metric: str, base: _Side, head: _Side, intervals: Intervals, difference: str
) -> tuple[Estimate, Verdict, str]:
    """Change, verdict and reason of one metric, over the same resamplings of the same clusters."""
    if difference:
        return Estimate(), "not comparable", difference
    before, after = base.points[metric], head.points[metric]
    if isinstance(before, str):
        return Estimate(), "undefined", before
    if isinstance(after, str):
        return Estimate(), "undefined", after
    change = after - before
    replicates = head.replicates[metric] - base.replicates[metric]
    if not change and not np.nan_to_num(replicates).any():
        return Estimate(0.0, 0.0, 0.0), "unchanged", ""
    bounds = interval(change, replicates, base.clusters, intervals)
    if isinstance(bounds, str):
        return Estimate(change), "undecided", bounds
    if bounds[0] <= 0 <= bounds[1]:
        return Estimate(change, *bounds), "within noise", ""
    return Estimate(change, *bounds), _direction(metric, bounds[0] > 0), ""


def _compared_by_intervals(
    metric: str, base: Estimate, head: Estimate, difference: str
) -> tuple[Estimate, Verdict, str]:
    """Change, verdict and reason of one metric when only the two intervals are known."""
    if difference:
        return Estimate(), "not comparable", difference
    if np.isnan(base.value) or np.isnan(head.value):
        return Estimate(), "undefined", "not a metric in both commits"
    change = Estimate(head.value - base.value)
    if base == head:
        return change, "unchanged", ""
    if head.low > base.high or head.high < base.low:
        return change, _direction(metric, head.low > base.high), ""
    return change, "undecided", "intervals overlap, and git has no scores of faces"


def _direction(metric: str, rose: bool) -> Verdict:
    return "better" if rose == DEFINITIONS[metric].higher_is_better else "worse"
