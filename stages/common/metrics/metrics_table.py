"""Compute all metrics of a score table by split, dataset, method and level, with intervals."""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import nan
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from stages.common.metrics.bootstrap import Intervals, interval, resample
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.definitions import DEFINITIONS, compute_metrics, replicate_metrics
from stages.common.metrics.macro import Measured, macro_average
from stages.common.metrics.replicates import UnitCounts
from stages.common.metrics.score_tables import has_face
from stages.common.metrics.scores import Scores
from stages.common.params import Section
from stages.common.resources import processors
from stages.common.tables.metrics import ALL_METHODS, MACRO_AVERAGE


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
    scores: pd.DataFrame,
    level: str,
    threshold: float,
    params: MetricsParams,
    prior: float = nan,
) -> pd.DataFrame:
    """Compute the metrics of every slice of a score table, and their average over unseen datasets.

    Parameters
    ----------
    scores : DataFrame
        Rows with ``split``, ``dataset``, ``method``, ``label``, ``target``, ``donor`` and
        ``p_fake``; of items also ``faces``.
    level : {"frame", "video", "all_items"}
        What a row of `scores` is.
    threshold : float
        The level's threshold, from val.
    params : MetricsParams
        Bins and intervals.
    prior : float
        Share of fakes that the level's P(fake) assumes; without it there is no Cllr.

    Returns
    -------
    DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.
    """
    parts = []
    unseen: dict[str, Measured] = {}
    named = list(slices(scores))
    with ThreadPoolExecutor(processors()) as pool:  # NumPy and SciPy let go of the GIL
        every = pool.map(lambda slice: measure_slice(slice[1], threshold, params, prior), named)
    for (name, rows), measured in zip(named, every, strict=True):
        parts.append(_as_rows(measured, rows, params.intervals).assign(level=level, **name))
        if (name["split"], name["method"]) == ("unseen", ALL_METHODS):
            unseen[name["dataset"]] = measured
    if len(unseen) > 1:
        average = macro_average(unseen, params.intervals.seed)
        rows = scores[scores["split"] == "unseen"]
        name = {"split": "unseen", "dataset": MACRO_AVERAGE, "method": ALL_METHODS}
        parts.append(_as_rows(average, rows, params.intervals).assign(level=level, **name))
    return pd.concat(parts, ignore_index=True)


def slice_metrics(rows: pd.DataFrame, threshold: float, params: MetricsParams) -> pd.DataFrame:
    """Compute every metric of one slice with its interval, one row per metric."""
    return _as_rows(measure_slice(rows, threshold, params), rows, params.intervals)


def measure_slice(
    rows: pd.DataFrame, threshold: float, params: MetricsParams, prior: float = nan
) -> Measured:
    """Compute every metric of one slice and its replicates."""
    fake = (rows["label"] == "fake").to_numpy()
    scores = Scores(fake, rows["p_fake"].to_numpy(), threshold, params.ece_bins, prior)
    return measure(scores, Clusters.of(rows), params.intervals)


def measure(
    scores: Scores, clusters: Clusters, intervals: Intervals, names: Collection[str] = DEFINITIONS
) -> Measured:
    """Compute the metrics of `names`, which are all unless said, and their replicates."""
    replicates: dict[str, np.ndarray] = {}
    if scores.fake.size:
        compute = partial(replicate_metrics, UnitCounts(scores, clusters.unit), names=names)
        replicates = resample(clusters, intervals, compute)
    return Measured(compute_metrics(scores, names), replicates, clusters)


def _as_rows(measured: Measured, rows: pd.DataFrame, intervals: Intervals) -> pd.DataFrame:
    """Tabulate one row per metric, with its interval and the counts of `rows`."""
    found = []
    for name, metric in DEFINITIONS.items():
        value, low, high, fixed, note = measured.points[name], np.nan, np.nan, "", ""
        if isinstance(value, str):
            note, value = value, np.nan
        else:
            bounds = interval(value, measured.replicates[name], measured.clusters, intervals)
            if isinstance(bounds, str):
                note = bounds
            else:
                (low, high), fixed = bounds, metric.fixed
        found.append((name, value, low, high, fixed, note))
    table = pd.DataFrame(found, columns=["metric", "value", "low", "high", "fixed", "note"])
    fake = rows["label"] == "fake"
    faceless = ~has_face(rows)
    return table.assign(
        fakes=fake.sum(),
        reals=(~fake).sum(),
        fakes_without_face=(fake & faceless).sum(),
        reals_without_face=(~fake & faceless).sum(),
        clusters=measured.clusters.count,
    )
