"""What became better or worse, by a paired bootstrap over clusters on the scores of items.

Both models score the same items, so each resampling of targets and donors is taken for both, and
the interval is that of the difference (Efron and Tibshirani 1993, 8.3; clusters resampled whole).
It holds the noise of the items that were drawn, not the noise of another training.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from stages.common.metrics.bootstrap import Intervals, interval
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.macro import Measured, macro_average
from stages.common.metrics.metrics_table import MetricsParams, measure_slice, slices
from stages.common.metrics.score_tables import item_levels
from stages.common.table import KEY
from stages.common.tables.metrics import ALL_METHODS, MACRO_AVERAGE
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
        What the metric was computed on; `level` is "frame", "video" or "all_items", `method` is
        "all" or one manipulation method, whose fakes are then the only ones.
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
    prior : float
        Probability of a fake that the scores assume, from
        `stages.common.metrics.decision.prior_on_val`; NaN if it cannot be recomputed.
    """

    scores: pd.DataFrame
    threshold: float
    prior: float = np.nan

    @cached_property
    def levels(self) -> dict[str, pd.DataFrame]:
        """The scores by level; see `stages.common.metrics.score_tables.item_levels`."""
        return item_levels(self.scores)

    def without_items(self) -> "Scored":
        """What a commit that lacks the model has of it."""
        return Scored(self.scores.head(0), threshold=np.nan)


def judge(
    model: str,
    base: Scored,
    head: Scored,
    differences: dict[tuple[str, str], str],
    params: MetricsParams,
) -> list[Judgement]:
    """Judge all metrics of a model by item, on every slice that either commit has.

    Includes the level ``all_items`` if either commit has it, and the macro average if there are
    several unseen datasets.

    Parameters
    ----------
    model : str
        Name of the model.
    base, head : Scored
        The model's scores in each commit; if one has no such model, `Scored.without_items`, and
        only the values of the other are told.
    differences : dict of (split, dataset) to str
        How the items of the two commits differ; empty if they do not.
    params : MetricsParams
        Bins and intervals, used for both commits.
    """
    return [
        judgement
        for level in sorted(base.levels.keys() | head.levels.keys(), reverse=True)
        for judgement in _judge_level(model, level, base, head, differences, params)
    ]


def _judge_level(
    model: str,
    level: str,
    base: Scored,
    head: Scored,
    differences: dict[tuple[str, str], str],
    params: MetricsParams,
) -> Iterator[Judgement]:
    # Where every item has a face, these are all items
    scored = (side.levels.get(level, side.levels["video"]) for side in (base, head))
    unseen: dict[str, tuple[_Side, _Side]] = {}
    for name, old, new in _paired_slices(*scored):
        difference = differences[name["split"], name["dataset"]]
        if not difference and not _same_items(old, new):
            difference = "this model does not score the same items in both commits"
        before = _Side(measure_slice(old, base.threshold, params, base.prior), params.intervals)
        after = _Side(measure_slice(new, head.threshold, params, head.prior), params.intervals)
        yield from _judge_metrics(model, level, name, before, after, difference)
        if (name["split"], name["method"]) == ("unseen", ALL_METHODS):
            unseen[name["dataset"]] = before, after
    if len(unseen) > 1:
        name = {"split": "unseen", "dataset": MACRO_AVERAGE, "method": ALL_METHODS}
        difference = differences["unseen", MACRO_AVERAGE]
        before, after = (
            _average({dataset: sides[place] for dataset, sides in unseen.items()}, params.intervals)
            for place in (0, 1)
        )
        yield from _judge_metrics(model, level, name, before, after, difference)


def _judge_metrics(
    model: str, level: str, name: dict[str, str], base: "_Side", head: "_Side", difference: str
) -> Iterator[Judgement]:
    for metric in DEFINITIONS:
        change, verdict, reason = _compared(metric, base, head, difference)
        yield Judgement(
            model=model,
            level=level,
            **name,
            metric=metric,
            base=base.estimate(metric),
            head=head.estimate(metric),
            change=change,
            verdict=verdict,
            reason=reason,
        )


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

    def __init__(self, measured: Measured, intervals: Intervals) -> None:
        self.measured, self.intervals = measured, intervals

    def estimate(self, metric: str) -> Estimate:
        value = self.measured.points[metric]
        if isinstance(value, str):
            return Estimate()
        bounds = self.interval(value, self.measured.replicates[metric])
        return Estimate(value) if isinstance(bounds, str) else Estimate(value, *bounds)

    def interval(self, value: float, replicates: np.ndarray) -> tuple[float, float] | str:
        return interval(value, replicates, self.measured.clusters, self.intervals)


def _average(sides: dict[str, _Side], intervals: Intervals) -> _Side:
    """Average over the unseen datasets that a commit scores."""
    scored = {name: side.measured for name, side in sides.items() if side.measured.replicates}
    if not scored:
        return next(iter(sides.values()))
    return _Side(macro_average(scored, intervals.seed), intervals)


def _compared(
    metric: str, base: _Side, head: _Side, difference: str
) -> tuple[Estimate, Verdict, str]:
    """Change, verdict and reason of one metric, over the same resamplings of the same clusters."""
    if difference:
        return Estimate(), "not comparable", difference
    before, after = base.measured.points[metric], head.measured.points[metric]
    if isinstance(before, str):
        return Estimate(), "undefined", before
    if isinstance(after, str):
        return Estimate(), "undefined", after
    change = after - before
    replicates = head.measured.replicates[metric] - base.measured.replicates[metric]
    if not change and not np.nan_to_num(replicates).any():
        return Estimate(0.0, 0.0, 0.0), "unchanged", ""
    bounds = base.interval(change, replicates)
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
