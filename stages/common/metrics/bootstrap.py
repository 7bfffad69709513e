"""Confidence intervals and tests from a bootstrap over clusters.

Frames of one video, and a fake and its original, are not independent observations. Whole clusters
(`stages.common.metrics.clusters`) are therefore resampled (Davison and Hinkley 1997, 3.8). The
weight of a fake with a donor is the product of the counts of its target and its donor: this is the
pigeonhole bootstrap (Owen, Annals of Applied Statistics 2007), with one draw per person in either
role (Davezies, D'Haultfoeuille and Guyonvarch, Annals of Statistics 2021). Such products count the
noise of a pair of persons three times (Owen), so intervals would be too wide where persons matter
little. Twice the variance of a bootstrap over pairs is therefore subtracted. The result is the
variance of multiway clustering, that of persons minus that of pairs (Cameron, Gelbach and Miller,
Journal of Business & Economic Statistics 2011; for one population Aronow, Samii and Assenova,
Political Analysis 2015).

Plain percentile intervals are too narrow for few clusters, so they are expanded by the ratio of a t
interval to a normal one (expanded percentiles, Hesterberg, American Statistician 2015).
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Annotated, TypeVar

import numpy as np
from pydantic import Field
from scipy.special import ndtr, stdtrit
from scipy.stats import t

from stages.common.metrics.clusters import Clusters
from stages.common.numbers import Natural
from stages.common.params import Section

Name = TypeVar("Name", bound=Hashable)

_BATCH_OF_WEIGHTS = 1_000_000
_BATCH_OF_REPLICATES = 128
_MAX_UNDEFINED = 0.05
_LEAST_VARIANCE = 1 / 3
"""Minimum share of the product's variance that remains: the share if persons have no effect. No
effect has less variance, so a smaller estimate is due to chance."""


class Intervals(Section):
    """How confidence intervals are computed.

    Attributes
    ----------
    replicates : int
        Number of bootstrap replicates.
    confidence : float
        Nominal coverage of the intervals, in (0, 1).
    min_clusters : int
        Minimum number of clusters (`Clusters.count`) for an interval.
    seed : int
        Seed of the resampling.
    """

    replicates: Annotated[int, Field(ge=100)]
    confidence: Annotated[float, Field(gt=0, lt=1)]
    min_clusters: Annotated[int, Field(ge=2)]
    seed: Natural


def resample(
    clusters: Clusters,
    intervals: Intervals,
    compute: Callable[[np.ndarray], dict[Name, np.ndarray]],
) -> dict[Name, np.ndarray]:
    """Compute metrics of every bootstrap replicate.

    Equal `clusters` and `intervals` give equal resamplings, so the replicates of two models on the
    same items are paired, and replicates of a difference are differences of replicates.

    Parameters
    ----------
    clusters : Clusters
        The clusters to resample.
    intervals : Intervals
        Number of replicates and seed.
    compute : callable
        Takes weights, shape (m, units), and returns arrays of shape (m,) by the metric's name.

    Returns
    -------
    dict of the same names to ndarray of shape (1 or 2, replicates)
        The first row resamples clusters. The second row, present only if some fake has a donor,
        resamples pairs of clusters.
    """
    draws = [_weights_of_clusters(clusters, intervals)]
    if clusters.paired.any():
        draws.append(_weights_of_pairs(clusters, intervals))
    rows = [[compute(weights) for weights in drawn] for drawn in draws]
    return {
        name: np.stack([np.concatenate([part[name] for part in parts]) for parts in rows])
        for name in rows[0][0]
    }


def _weights_of_clusters(clusters: Clusters, intervals: Intervals) -> Iterator[np.ndarray]:
    """Yield the count of each unit in each replicate, in portions that fit into memory."""
    rng = np.random.default_rng(intervals.seed)
    for replicates in _portions(clusters, intervals):
        drawn = _drawn(rng, replicates, clusters.size)
        weights = drawn[clusters.first]
        weights[clusters.paired] *= drawn[clusters.second[clusters.paired]]
        yield weights.T


def _weights_of_pairs(clusters: Clusters, intervals: Intervals) -> Iterator[np.ndarray]:
    """Yield the same for independently drawn pairs; all other units have weight 1."""
    rng = np.random.default_rng((intervals.seed, 1))
    for replicates in _portions(clusters, intervals):
        weights = np.ones((clusters.first.size, replicates))
        weights[clusters.paired] = _drawn(rng, replicates, clusters.paired.sum())
        yield weights.T


def _portions(clusters: Clusters, intervals: Intervals) -> Iterator[int]:
    portion = max(1, min(_BATCH_OF_REPLICATES, _BATCH_OF_WEIGHTS // clusters.first.size))
    for first in range(0, intervals.replicates, portion):
        yield min(portion, intervals.replicates - first)


def _drawn(rng: np.random.Generator, replicates: int, size: int) -> np.ndarray:
    """Draw `size` of `size` with replacement and count each: float, shape (size, replicates)."""
    drawn = (
        rng.integers(size, size=(replicates, size)) * replicates + np.arange(replicates)[:, None]
    )
    counts = np.bincount(drawn.ravel(), minlength=replicates * size)
    return counts.reshape(size, replicates).astype(np.float64)


def multiway_replicates(value: float, replicates: np.ndarray) -> np.ndarray:
    """Rescale the finite replicates of a metric to the variance of multiway clustering.

    Parameters
    ----------
    value : float
        The metric of the original scores, towards which the replicates are shrunk.
    replicates : ndarray of float, shape (1 or 2, replicates)
        From `resample`.

    Returns
    -------
    ndarray of float, shape (defined replicates,)
    """
    finite = [row[np.isfinite(row)] for row in replicates]
    drawn, variance = finite[0], np.var(finite[0]) if finite[0].size else 0.0
    if len(finite) == 1 or not variance or not finite[1].size:
        return drawn
    kept = max(_LEAST_VARIANCE, 1 - 2 * np.var(finite[1]) / variance)
    return value + (drawn - value) * np.sqrt(kept)


def interval(
    value: float, replicates: np.ndarray, clusters: Clusters, intervals: Intervals
) -> tuple[float, float] | str:
    """Compute the expanded percentile interval of one metric.

    Parameters
    ----------
    value : float
        The metric of the original scores.
    replicates : ndarray of float, shape (1 or 2, replicates)
        From `resample`.
    clusters : Clusters
        The clusters that were resampled.
    intervals : Intervals
        Confidence and minimum number of clusters.

    Returns
    -------
    tuple of float, or str
        Lower and upper bound, or the reason why there is no interval.
    """
    if reason := _undefined(replicates, clusters, intervals):
        return reason
    # As scipy.stats.t.ppf and norm.cdf, whose checks take longer than the bounds
    deviations = stdtrit(clusters.count - 1, (1 - intervals.confidence) / 2) * _widening(clusters)
    tail = ndtr(deviations)
    low, high = np.quantile(multiway_replicates(value, replicates), [tail, 1 - tail])
    return float(low), float(high)


def standard_error(value: float, replicates: np.ndarray, clusters: Clusters) -> float:
    """Compute the standard error of a metric from its replicates (Efron and Tibshirani 1993, 6).

    Parameters
    ----------
    value, replicates, clusters
        See `interval`.
    """
    return float(multiway_replicates(value, replicates).std(ddof=1) * _widening(clusters))


def p_value(
    value: float, replicates: np.ndarray, clusters: Clusters, intervals: Intervals
) -> float:
    """Compute the two-sided p-value of a difference under the hypothesis that it is 0.

    A p-value counted from replicates cannot be smaller than one over their number, so it would not
    survive a correction for many comparisons. Instead, the difference is divided by the standard
    error of its replicates (Efron and Tibshirani 1993, 12) and compared with Student's t, with one
    degree of freedom less than the number of clusters (Cameron, Gelbach and Miller 2011).

    Parameters
    ----------
    value, replicates, clusters, intervals
        See `interval`; here of a paired difference.

    Returns
    -------
    float
        NaN if there is no interval or the difference does not vary; 1 if it is always 0.
    """
    if _undefined(replicates, clusters, intervals):
        return float("nan")
    error = standard_error(value, replicates, clusters)
    if error <= 1e-12:
        return 1.0 if abs(value) <= 1e-12 else float("nan")
    return float(2 * t.sf(abs(value) / error, clusters.count - 1))


def _undefined(replicates: np.ndarray, clusters: Clusters, intervals: Intervals) -> str:
    """Return why there is no interval; an empty string if there is one."""
    if clusters.count < intervals.min_clusters:
        return f"no interval: {clusters.count} clusters, {intervals.min_clusters} needed"
    share = np.mean(~np.isfinite(replicates[0]))
    if share > _MAX_UNDEFINED:
        return f"no interval: undefined in {share:.0%} of the resamplings"
    return ""


def _widening(clusters: Clusters) -> float:
    """Return the factor from the standard deviation of replicates to the standard error."""
    return float(np.sqrt(clusters.inflation * clusters.count / (clusters.count - 1)))
