"""The mean of a metric over datasets, each weighing the same."""

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
    """Average over datasets whose items are taken as independent of each other.

    The replicates of each dataset are put into an order of its own before they are averaged:
    datasets of equally many groups are resampled alike, and their noise would not average out.
    The order depends on the dataset's place alone, so that two models stay paired.

    Parameters
    ----------
    datasets : mapping of str to Measured
        By name, two or more.
    seed : int
        Of the orders.

    Returns
    -------
    Measured
        A metric that is undefined on one dataset has no average. ``groups`` are the fewest of a
        dataset, by which an interval is widened.
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
    """The dataset with the worst value of a metric; empty if none has one.

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
