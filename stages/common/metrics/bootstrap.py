"""Confidence intervals and tests from a bootstrap over clusters.

Frames of one video, and a fake and its original, are no independent observations: resampled are
clusters (`stages.common.metrics.clusters`) with all that belongs to them (Davison and Hinkley
1997, 3.8). Where fakes have a donor, each counts as often as its target is drawn times as often as
its donor is: the pigeonhole bootstrap (Owen, Annals of Applied Statistics 2007), with one draw a
person, whatever the role (Davezies, D'Haultfoeuille and Guyonvarch, Annals of Statistics 2021).
Such products count the noise of a pair of persons three times (Owen), which makes intervals too
wide where persons matter little. Twice the variance of a bootstrap over pairs is taken off. What
stays is the variance of multiway clustering, persons' less pairs' (Cameron, Gelbach and Miller,
Journal of Business & Economic Statistics 2011; for one population Aronow, Samii and Assenova,
Political Analysis 2015).

Plain percentiles are too narrow where clusters are few; they are moved out by as much as a t
interval is wider than a normal one (expanded percentiles, Hesterberg, American Statistician 2015).
"""

from collections.abc import Callable, Iterator
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats import norm, t

from stages.common.metrics.clusters import Clusters
from stages.common.numbers import Natural
from stages.common.params import Section

_BATCH_OF_WEIGHTS = 1_000_000
_BATCH_OF_REPLICATES = 128
_MAX_UNDEFINED = 0.05
_LEAST_VARIANCE = 1 / 3
"""Of the product's, if persons matter nothing; less is chance, as no effect has less variance."""


class Intervals(Section):
    """How confidence intervals are computed.

    Attributes
    ----------
    replicates : int
        Number of bootstrap replicates.
    confidence : float
        Share of intervals that shall hold the truth, in (0, 1).
    min_clusters : int
        With fewer targets, or fewer donors where there are any, no interval is given.
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
    compute: Callable[[np.ndarray], dict[str, np.ndarray]],
) -> dict[str, np.ndarray]:
    """Compute metrics of every bootstrap replicate.

    Equal `clusters` and `intervals` give equal resamplings: what two models score on the same
    items is paired, and replicates of a difference are differences of replicates.

    Parameters
    ----------
    clusters : Clusters
        What is resampled.
    intervals : Intervals
        Number of replicates and seed.
    compute : callable
        Takes weights, shape (some replicates, units), and gives named arrays of their metrics.

    Returns
    -------
    dict of str to ndarray of shape (1 or 2, replicates)
        Resampled are clusters in the first row, and in the second, which is there if some fake
        has a donor, pairs of clusters.
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
    """How often each replicate takes each unit, in portions that fit into memory."""
    rng = np.random.default_rng(intervals.seed)
    for replicates in _portions(clusters, intervals):
        drawn = _drawn(rng, replicates, clusters.size)
        weights = drawn[:, clusters.first]
        weights[:, clusters.paired] *= drawn[:, clusters.second[clusters.paired]]
        yield weights


def _weights_of_pairs(clusters: Clusters, intervals: Intervals) -> Iterator[np.ndarray]:
    """The same with pairs drawn as if they were independent, and all else held."""
    rng = np.random.default_rng((intervals.seed, 1))
    for replicates in _portions(clusters, intervals):
        weights = np.ones((replicates, clusters.first.size))
        weights[:, clusters.paired] = _drawn(rng, replicates, clusters.paired.sum())
        yield weights


def _portions(clusters: Clusters, intervals: Intervals) -> Iterator[int]:
    portion = max(1, min(_BATCH_OF_REPLICATES, _BATCH_OF_WEIGHTS // clusters.first.size))
    for first in range(0, intervals.replicates, portion):
        yield min(portion, intervals.replicates - first)


def _drawn(rng: np.random.Generator, replicates: int, size: int) -> np.ndarray:
    """How often each of `size` is among as many draws: float, shape (replicates, size)."""
    drawn = rng.integers(size, size=(replicates, size)) + size * np.arange(replicates)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=replicates * size)
    return counts.reshape(replicates, size).astype(np.float64)


def multiway_replicates(value: float, replicates: np.ndarray) -> np.ndarray:
    """The replicates of one metric that are defined, with the variance of multiway clustering.

    Parameters
    ----------
    value : float
        The metric of the scores as they are, towards which the replicates move.
    replicates : ndarray of float, shape (1 or 2, replicates)
        Of `resample`.

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
    """Expanded percentile interval of one metric.

    Parameters
    ----------
    value : float
        The metric of the scores as they are.
    replicates : ndarray of float, shape (1 or 2, replicates)
        Of `resample`.
    clusters : Clusters
        What was resampled.
    intervals : Intervals
        Confidence, and when there is no interval.

    Returns
    -------
    tuple of float, or str
        Lower and upper bound, or the reason why there is no interval.
    """
    if reason := _undefined(replicates, clusters, intervals):
        return reason
    deviations = t.ppf((1 - intervals.confidence) / 2, clusters.count - 1) * _widening(clusters)
    tail = norm.cdf(deviations)
    low, high = np.quantile(multiway_replicates(value, replicates), [tail, 1 - tail])
    return float(low), float(high)


def p_value(
    value: float, replicates: np.ndarray, clusters: Clusters, intervals: Intervals
) -> float:
    """Two-sided p-value of a difference that is 0: studentised by its standard error.

    A count of replicates cannot fall below one of their number, so that no p-value survives a
    correction for many comparisons. The ratio of the difference and the standard error of its
    replicates (Efron and Tibshirani 1993, 12) has a tail: Student's t, with one degree of freedom
    less than there are clusters (Cameron, Gelbach and Miller 2011).

    Parameters
    ----------
    value, replicates, clusters, intervals
        As of `interval`; of a paired difference.

    Returns
    -------
    float
        NaN where there is no interval, or the difference does not vary; 1 where it is always 0.
    """
    if _undefined(replicates, clusters, intervals):
        return float("nan")
    error = multiway_replicates(value, replicates).std(ddof=1) * _widening(clusters)
    if error <= 1e-12:
        return 1.0 if abs(value) <= 1e-12 else float("nan")
    return float(2 * t.sf(abs(value) / error, clusters.count - 1))


def _undefined(replicates: np.ndarray, clusters: Clusters, intervals: Intervals) -> str:
    """Why there is no interval; empty if there is one."""
    if clusters.count < intervals.min_clusters:
        return f"no interval: {clusters.count} clusters, {intervals.min_clusters} needed"
    share = np.mean(~np.isfinite(replicates[0]))
    if share > _MAX_UNDEFINED:
        return f"no interval: undefined in {share:.0%} of the resamplings"
    return ""


def _widening(clusters: Clusters) -> float:
    """By how much the standard deviation of replicates falls short of a standard error."""
    return float(np.sqrt(clusters.inflation * clusters.count / (clusters.count - 1)))
