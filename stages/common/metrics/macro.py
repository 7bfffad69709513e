"""Average metrics over datasets, with equal weight for each."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from stages.common.metrics.clusters import Clusters
from stages.common.metrics.definitions import DEFINITIONS


class Measured(NamedTuple):
    """The metrics of one model on one dataset at one level.

    Attributes
    ----------
    points : mapping of str to float or str
        By name; a string says why a metric is undefined.
    replicates : mapping of str to ndarray of shape (1 or 2, replicates)
        By name, as `stages.common.metrics.bootstrap.resample` gives them.
    clusters : Clusters
        What was resampled.
    """

    points: Mapping[str, float | str]
    replicates: Mapping[str, np.ndarray]
    clusters: Clusters


def macro_average(datasets: Mapping[str, Measured], seed: int) -> Measured:
    """Average over datasets, which are assumed to be independent of each other.

    The replicates of each dataset are permuted before they are averaged, because datasets with
    the same number of clusters are resampled with the same random numbers. The permutation depends
    only on the position of the dataset, so the replicates of two models stay paired.

    Parameters
    ----------
    datasets : mapping of str to Measured
        By name, two or more.
    seed : int
        Seed of the permutations.

    Returns
    -------
    Measured
        A metric that is undefined on one dataset is undefined here. ``clusters`` are those of the
        dataset with the fewest, which determine how far an interval is expanded.
    """
    names = sorted(datasets)
    count = next(iter(datasets[names[0]].replicates.values())).shape[1]
    order = {
        name: np.random.default_rng([seed, place]).permutation(count)
        for place, name in enumerate(names)
    }
    fewest = min((one.clusters for one in datasets.values()), key=lambda clusters: clusters.count)
    return Measured(
        points={
            metric: _mean({name: datasets[name].points[metric] for name in names})
            for metric in DEFINITIONS
        },
        replicates={
            metric: np.mean(
                [_both_rows(datasets[name], metric)[:, order[name]] for name in names], axis=0
            )
            for metric in DEFINITIONS
        },
        clusters=replace(
            fewest, inflation=max(one.clusters.inflation for one in datasets.values())
        ),
    )


def _both_rows(measured: Measured, metric: str) -> np.ndarray:
    """Replicates over clusters and over pairs of clusters, which vary not where there are none."""
    replicates, point = measured.replicates[metric], measured.points[metric]
    if len(replicates) == 2:
        return replicates
    unvaried = np.full_like(replicates, np.nan if isinstance(point, str) else point)
    return np.concatenate([replicates, unvaried])


def _mean(points: Mapping[str, float | str]) -> float | str:
    for dataset, point in points.items():
        if isinstance(point, str):
            return f"undefined on {dataset}: {point}"
    return float(np.mean(list(points.values())))


def worst_dataset(points: Iterable[tuple[str, float]], metric: str) -> str:
    """Return the dataset with the worst value of a metric; empty if all are undefined.

    Parameters
    ----------
    points : iterable of (str, float)
        Dataset and value, NaN where it is undefined.
    metric : str
        A name of `DEFINITIONS`.
    """
    defined = {dataset: value for dataset, value in points if np.isfinite(value)}
    if not defined:
        return ""
    pick = min if DEFINITIONS[metric].higher_is_better else max
    return pick(defined, key=lambda dataset: defined[dataset])
