"""Compute all metrics of a score table by split, dataset, method and level, with intervals."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import nan
from typing import Annotated, NamedTuple

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


class LevelScores(NamedTuple):
    """The scores of one level, and what its decision says of them.

    Attributes
    ----------
    rows : DataFrame
        Rows with ``split``, ``dataset``, ``method``, ``label``, ``target``, ``donor`` and
        ``p_fake``; of items also ``faces``.
    threshold : float
        The level's threshold, from val.
    prior : float
        Share of fakes that the level's P(fake) assumes; without it there is no Cllr.
    """

    rows: pd.DataFrame
    threshold: float
    prior: float = nan


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


def metrics_table(levels: Mapping[str, LevelScores], params: MetricsParams) -> pd.DataFrame:
    """Compute the metrics of every slice of each level, and their average over unseen datasets.

    Parameters
    ----------
    levels : mapping of {"frame", "video", "all_items"} to LevelScores
        The scores by level; the name says what a row is.
    params : MetricsParams
        Bins and intervals.

    Returns
    -------
    DataFrame
        Rows of `stages.common.tables.metrics.METRICS`.
    """
    datasets: dict[tuple[str, str], list[tuple[dict[str, str], LevelScores]]] = defaultdict(list)
    for level, scores in levels.items():
        for name, rows in slices(scores.rows):
            of_slice = name | {"level": level}, scores._replace(rows=rows)
            datasets[name["split"], name["dataset"]].append(of_slice)

    def measure_dataset(named: list[tuple[dict[str, str], LevelScores]]) -> list[Measured]:
        sets = [_scores_and_clusters(scores, params) for _, scores in named]
        return measure_each(sets, params.intervals)

    with ThreadPoolExecutor(processors()) as pool:  # NumPy and SciPy let go of the GIL
        every = list(pool.map(measure_dataset, datasets.values()))
    parts = []
    unseen: dict[str, dict[str, Measured]] = {level: {} for level in levels}
    for named, of_dataset in zip(datasets.values(), every, strict=True):
        for (name, scores), measured in zip(named, of_dataset, strict=True):
            parts.append(_as_rows(measured, scores.rows, params.intervals).assign(**name))
            if (name["split"], name["method"]) == ("unseen", ALL_METHODS):
                unseen[name["level"]][name["dataset"]] = measured
    for level, of_datasets in unseen.items():
        if len(of_datasets) > 1:
            average = macro_average(of_datasets, params.intervals.seed)
            rows = levels[level].rows
            averaged = _as_rows(average, rows[rows["split"] == "unseen"], params.intervals)
            name = {"split": "unseen", "dataset": MACRO_AVERAGE, "method": ALL_METHODS}
            parts.append(averaged.assign(level=level, **name))
    return pd.concat(parts, ignore_index=True)


def slice_metrics(rows: pd.DataFrame, threshold: float, params: MetricsParams) -> pd.DataFrame:
    """Compute every metric of one slice with its interval, one row per metric."""
    return _as_rows(measure_slice(rows, threshold, params), rows, params.intervals)


def measure_slice(
    rows: pd.DataFrame, threshold: float, params: MetricsParams, prior: float = nan
) -> Measured:
    """Compute every metric of one slice and its replicates."""
    scores = _scores_and_clusters(LevelScores(rows, threshold, prior), params)
    return measure_each([scores], params.intervals)[0]


def _scores_and_clusters(of: LevelScores, params: MetricsParams) -> tuple[Scores, Clusters]:
    fake, p_fake = (of.rows["label"] == "fake").to_numpy(), of.rows["p_fake"].to_numpy()
    scores = Scores(fake, p_fake, of.threshold, params.ece_bins, of.prior)
    return scores, Clusters.of(of.rows)


def measure_each(
    sets: Sequence[tuple[Scores, Clusters]],
    intervals: Intervals,
    names: Collection[str] = DEFINITIONS,
) -> list[Measured]:
    """Compute metrics of several sets of scores, and their replicates.

    Parameters
    ----------
    sets : sequence of (Scores, Clusters)
        Scores and their clusters. Those whose units are in the same clusters are resampled
        together, since their weights are equal: faces and items of a dataset, or several models.
    intervals : Intervals
        How confidence intervals are computed.
    names : collection of str
        Metrics to compute, of `DEFINITIONS`.
    """
    alike: dict[tuple[bytes, bytes], dict[int, UnitCounts]] = defaultdict(dict)
    for place, (scores, clusters) in enumerate(sets):
        if scores.fake.size:
            of_units = clusters.first.tobytes(), clusters.second.tobytes()
            alike[of_units][place] = UnitCounts(scores, clusters.unit)
    replicates: list[dict[str, np.ndarray]] = [{} for _ in sets]
    for counts in alike.values():

        def compute(
            weights: np.ndarray, counts: dict[int, UnitCounts] = counts
        ) -> dict[tuple[int, str], np.ndarray]:
            return {
                (place, name): values
                for place, of_place in counts.items()
                for name, values in replicate_metrics(of_place, weights, names).items()
            }

        _, clusters = sets[next(iter(counts))]
        for (place, name), values in resample(clusters, intervals, compute).items():
            replicates[place][name] = values
    return [
        Measured(compute_metrics(scores, names), of_set, clusters)
        for (scores, clusters), of_set in zip(sets, replicates, strict=True)
    ]


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
