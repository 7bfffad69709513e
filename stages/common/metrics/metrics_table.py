"""Compute all metrics of a score table by split, dataset, method and level, with intervals."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from stages.common.metrics.bootstrap import Intervals, interval, resample
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
        How confidence intervals are computed.
    """

    ece_bins: Annotated[int, Field(ge=2, le=100)]
    intervals: Intervals


def slices(scores: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Yield the slices of a score table for which metrics are computed.

    Yields
    ------
    name : dict of str to str
        ``split``, ``dataset`` and ``method``. Per dataset, the first slice has all methods; the
        others have the fakes of one method and all reals of the dataset.
    rows : DataFrame
        The slice of `scores`.
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
        Rows with ``split``, ``dataset``, ``method``, ``label``, ``group`` and ``p_fake``.
    level : {"frame", "video"}
        What a row of `scores` is.
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
    """Compute every metric of one slice with its interval, one row per metric."""
    fake = (rows["label"] == "fake").to_numpy()
    scores = Scores(fake, rows["p_fake"].to_numpy(), threshold, params.ece_bins)
    group, names = pd.factorize(rows["group"], sort=True)
    intervals = params.intervals
    point = compute_metrics(scores)
    replicates = resample(len(names), intervals, partial(replicate_metrics, scores, group))
    measured = []
    for metric in DEFINITIONS:
        value, low, high, note = point[metric], np.nan, np.nan, ""
        bounds = interval(replicates[metric], len(names), intervals)
        if isinstance(value, str):
            note, value = value, np.nan
        elif isinstance(bounds, str):
            note = bounds
        else:
            low, high = bounds
        measured.append((metric, value, low, high, note))
    table = pd.DataFrame(measured, columns=["metric", "value", "low", "high", "note"])
    return table.assign(fakes=fake.sum(), reals=(~fake).sum(), groups=len(names))
