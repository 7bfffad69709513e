"""Average metrics over datasets, with equal weight for each."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from stages.common.metrics.definitions import DEFINITIONS


class Measured(NamedTuple):
    """The metrics of one model on one dataset at one level.

    Attributes
    ----------
    points : mapping of str to float or str
        By name; a string says why a metric is undefined.
    replicates : mapping of str to ndarray of shape (replicates,)
        By name.
    groups : int
        Number of groups.
    """

    points: Mapping[str, float | str]
    replicates: Mapping[str, np.ndarray]
    groups: int


def macro_average(datasets: Mapping[str, Measured], seed: int) -> Measured:
    """Average over datasets, which are assumed to be independent of each other.

    The replicates of each dataset are permuted before they are averaged, because datasets with
    the same number of groups are resampled with the same random numbers. The permutation depends
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
        A metric that is undefined on one dataset is undefined here. ``groups`` is the smallest
        number of groups, which determines how far an interval is expanded.
    """
    names = sorted(datasets)
    count = len(next(iter(datasets[names[0]].replicates.values())))
    order = {
        name: np.random.default_rng([seed, place]).permutation(count)
        for place, name in enumerate(names)
    }
    return Measured(
        points={
            metric: _mean({name: datasets[name].points[metric] for name in names})
            for metric in DEFINITIONS
        },
        replicates={
            metric: np.mean(
                [datasets[name].replicates[metric][order[name]] for name in names], axis=0
            )
            for metric in DEFINITIONS
        },
        groups=min(one.groups for one in datasets.values()),
    )


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
