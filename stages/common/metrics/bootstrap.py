"""Confidence intervals from a bootstrap over groups.

Frames of one video, and a fake and its original, are no independent observations: resampled are
groups, with all that belongs to them (the cluster bootstrap, Davison and Hinkley 1997, 3.8).
Plain percentiles are too narrow where groups are few; they are moved out by as much as a t
interval is wider than a normal one (expanded percentiles, Hesterberg, American Statistician 2015).
"""

from collections.abc import Callable, Iterator
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats import norm, t

from stages.common.numbers import Natural
from stages.common.params import Section

_BATCH_OF_WEIGHTS = 1_000_000
_BATCH_OF_REPLICATES = 128
_MAX_UNDEFINED = 0.05


class Intervals(Section):
    """How confidence intervals are computed.

    Attributes
    ----------
    replicates : int
        Number of bootstrap replicates.
    confidence : float
        Nominal coverage of the intervals, in (0, 1).
    min_groups : int
        With fewer groups no interval is given.
    seed : int
        Seed of the resampling.
    """

    replicates: Annotated[int, Field(ge=100)]
    confidence: Annotated[float, Field(gt=0, lt=1)]
    min_groups: Annotated[int, Field(ge=2)]
    seed: Natural


def resample(
    groups: int,
    intervals: Intervals,
    compute: Callable[[np.ndarray], dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """Compute metrics of every bootstrap replicate.

    Equal `groups` and `intervals` give equal resamplings: what two models score on the same
    items is paired.

    Parameters
    ----------
    groups : int
        Number of groups.
    intervals : Intervals
        Number of replicates and seed.
    compute : callable
        Takes weights, shape (some replicates, groups), and gives named arrays of their metrics.

    Returns
    -------
    dict of str to ndarray of shape (replicates,)
    """
    parts = [compute(weights) for weights in _weights(groups, intervals)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _weights(groups: int, intervals: Intervals) -> Iterator[np.ndarray]:
    """How often each replicate takes each group, in portions that fit into memory."""
    rng = np.random.default_rng(intervals.seed)
    portion = max(1, min(_BATCH_OF_REPLICATES, _BATCH_OF_WEIGHTS // groups))
    for first in range(0, intervals.replicates, portion):
        size = min(portion, intervals.replicates - first)
        drawn = rng.integers(groups, size=(size, groups)) + groups * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * groups)
        yield weights.reshape(size, groups).astype(np.float64)


def interval(
    replicates: np.ndarray, groups: int, intervals: Intervals
) -> tuple[float, float] | str:
    """Expanded percentile interval of one metric's replicates.

    Returns
    -------
    tuple of float, or str
        Lower and upper bound, or the reason why there is no interval.
    """
    if groups < intervals.min_groups:
        return f"no interval: {groups} groups, {intervals.min_groups} needed"
    defined = replicates[np.isfinite(replicates)]
    if defined.size < (1 - _MAX_UNDEFINED) * replicates.size:
        share = 1 - defined.size / replicates.size
        return f"no interval: undefined in {share:.0%} of the resamplings"
    deviations = t.ppf((1 - intervals.confidence) / 2, groups - 1) * np.sqrt(groups / (groups - 1))
    tail = norm.cdf(deviations)
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
