"""Average metrics over datasets, with equal weight for each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from stages.common.metrics.clusters import Clusters, fewest
from stages.common.metrics.decision import FITTED_ON
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.tables.metrics import ALL_METHODS


class Measured(NamedTuple):
    """The metrics of one model on one dataset at one level.

    Attributes
    ----------
    points : mapping of str to float or str
        By name; a string says why a metric is undefined.
    replicates : mapping of str to ndarray of shape (1 or 2, replicates)
        By name, from `stages.common.metrics.bootstrap.resample`; empty if nothing was scored.
    clusters : Clusters
        The clusters that were resampled.
    """

    points: Mapping[str, float | str]
    replicates: Mapping[str, np.ndarray]
    clusters: Clusters


def macro_average(datasets: Mapping[str, Measured], seed: int) -> Measured:
    """Average over datasets, which are assumed to be independent of each other.

    The replicates of each dataset are permuted before they are averaged, because datasets with
    the same number of clusters are resampled with the same random numbers. The permutation depends
    only on the position of the dataset, so the replicates of two models stay paired. Variances
    of clusters and of pairs both add up over datasets; a dataset without pairs adds none.

    Parameters
    ----------
    datasets : mapping of str to Measured
        By name, two or more, with the same metrics.
    seed : int
        Seed of the permutations.

    Returns
    -------
    Measured
        A metric that is undefined on one dataset is undefined here. The clusters are those of the
        dataset with the fewest, with the largest inflation of any; they determine how far
        intervals are expanded.
    """
    names = sorted(datasets)
    metrics = datasets[names[0]].points
    return Measured(
        points={
            metric: _mean({name: datasets[name].points[metric] for name in names})
            for metric in metrics
        },
        replicates={
            metric: _mean_replicates([datasets[name] for name in names], metric, seed)
            for metric in metrics
        },
        clusters=fewest(datasets[name].clusters for name in names),
    )


def _mean_replicates(datasets: Sequence[Measured], metric: str, seed: int) -> np.ndarray:
    rows = max(len(one.replicates[metric]) for one in datasets)
    total = np.zeros((rows, datasets[0].replicates[metric].shape[1]))
    for place, one in enumerate(datasets):
        drawn, point = one.replicates[metric], one.points[metric]
        order = np.random.default_rng([seed, place]).permutation(total.shape[1])
        total[: len(drawn)] += drawn[:, order]
        if not isinstance(point, str):
            total[len(drawn) :] += point
    return total / len(datasets)


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


def worst_methods(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the method with the lowest AUC by video, of each split that has several.

    Parameters
    ----------
    metrics : DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.

    Returns
    -------
    DataFrame
        A row of `metrics` for test and unseen, whose names are the index. A method of two datasets
        counts as two.
    """
    tested = (metrics["split"] != FITTED_ON) & (metrics["method"] != ALL_METHODS)
    auc = tested & (metrics["level"] == "video") & (metrics["metric"] == "auc")
    methods = metrics[auc].dropna(subset="value")
    several = methods[methods.groupby("split")["method"].transform("size") > 1]
    return several.sort_values("value").groupby("split").first()
