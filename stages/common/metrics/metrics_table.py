"""All metrics of a score table: by split, dataset, method and level, with intervals."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from stages.common.metrics.bootstrap import Intervals, interval, resample
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.definitions import DEFINITIONS, compute_metrics, replicate_metrics
from stages.common.metrics.scores import Scores
from stages.common.params import Section
from stages.common.tables.metrics import ALL_METHODS


class MetricsParams(Section):
    """The section `metrics` of params.yaml.

    Attributes
    ----------
    ece_bins : int
        Equally wide bins of the expected calibration error.
    intervals : Intervals
        How confidence intervals are made.
    """

    ece_bins: Annotated[int, Field(ge=2, le=100)]
    intervals: Intervals


def slices(scores: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Split a score table into the parts that metrics are computed on.

    Yields
    ------
    name : dict of str to str
        ``split``, ``dataset`` and ``method``: first all methods, then each method's fakes
        against all reals of the dataset.
    rows : DataFrame
        The part of `scores`.
    """
    for (split, dataset), rows in scores.groupby(["split", "dataset"]):
        name = {"split": split, "dataset": dataset}
        yield name | {"method": ALL_METHODS}, rows
        real = rows["label"] == "real"
        for method in sorted(rows["method"][~real].unique()):
            yield name | {"method": method}, rows[real | (rows["method"] == method)]


def metrics_table(
    scores: pd.DataFrame, level: str, threshold: float, params: MetricsParams
) -> pd.DataFrame:
    """Compute the metrics of every slice of a score table.

    Parameters
    ----------
    scores : DataFrame
        Rows with ``split``, ``dataset``, ``method``, ``label``, ``target``, ``donor`` and
        ``p_fake``.
    level : {"frame", "video"}
        What a row is.
    threshold : float
        The level's threshold, from val.
    params : MetricsParams
        Bins and intervals.

    Returns
    -------
    DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.
    """
    parts = []
    for name, rows in slices(scores):
        part = slice_metrics(rows, threshold, params).assign(level=level, **name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def slice_metrics(rows: pd.DataFrame, threshold: float, params: MetricsParams) -> pd.DataFrame:
    """Every metric of one slice with its interval: one row a metric."""
    fake = (rows["label"] == "fake").to_numpy()
    scores = Scores(fake, rows["p_fake"].to_numpy(), threshold, params.ece_bins)
    clusters = Clusters.of(rows)
    intervals = params.intervals
    point = compute_metrics(scores)
    replicates = resample(clusters, intervals, partial(replicate_metrics, scores, clusters.unit))
    measured = []
    for name, metric in DEFINITIONS.items():
        value, low, high, fixed, note = point[name], np.nan, np.nan, "", ""
        if isinstance(value, str):
            note, value = value, np.nan
        else:
            bounds = interval(value, replicates[name], clusters, intervals)
            if isinstance(bounds, str):
                note = bounds
            else:
                (low, high), fixed = bounds, metric.fixed
        measured.append((name, value, low, high, fixed, note))
    table = pd.DataFrame(measured, columns=["metric", "value", "low", "high", "fixed", "note"])
    return table.assign(fakes=fake.sum(), reals=(~fake).sum(), clusters=clusters.count)
