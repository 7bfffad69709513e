"""Errors by attribute: on which faces a model fails."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from stages.common.metrics.bootstrap import Intervals, interval, resample
from stages.common.metrics.clusters import Clusters, fewest
from stages.common.metrics.definitions import DEFINITIONS, Metric
from stages.common.metrics.replicates import Replicates, UnitCounts
from stages.common.metrics.scores import Scores
from stages.common.tables.errors import ERROR_METRICS, ERRORS
from stages.explain.attributes import Attribute


def _false_alarms(scores: Scores) -> float | str:
    return "only fakes" if scores.fake.all() else np.mean(scores.called_fake[~scores.fake])


def _false_alarms_of(replicates: Replicates) -> np.ndarray:
    passed, alarms, _, _ = replicates.decisions
    return alarms / (passed + alarms)


def _missed(scores: Scores) -> float | str:
    return np.mean(~scores.called_fake[scores.fake]) if scores.fake.any() else "only reals"


METRICS = {
    "auc": DEFINITIONS["auc"],
    "false_alarms": Metric(
        "false_alarms",
        ERROR_METRICS["false_alarms"],
        "decision",
        _false_alarms,
        _false_alarms_of,
        higher_is_better=False,
    ),
    "missed": Metric(
        "missed",
        ERROR_METRICS["missed"],
        "decision",
        _missed,
        lambda replicates: 1 - replicates.recall(),
        higher_is_better=False,
    ),
}
"""How each of `ERROR_METRICS` is computed."""

_LABELS_OF = {"auc": {"real", "fake"}, "false_alarms": {"real"}, "missed": {"fake"}}
"""Labels of the faces that each metric rests on."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """One metric of a model on the faces of one part of an attribute.

    Attributes
    ----------
    split, dataset, attribute, part, metric : str
        As in `stages.common.tables.errors.ERRORS`.
    value, low, high : float
        The metric and its interval; NaN if undefined.
    fakes, reals : int
        Numbers of faces.
    clusters : Clusters
        What the interval rests on.
    note : str
        Why the metric or its interval is undefined; empty if neither is.
    is_value : bool
        Whether the part is a value of the attribute, and not what is left of many values.
    replicates : ndarray of float, shape (1 or 2, replicates)
        From one resampling of the whole dataset, and hence paired with those of its other parts.
    """

    split: str
    dataset: str
    attribute: str
    part: str
    metric: str
    value: float
    low: float
    high: float
    fakes: int
    reals: int
    clusters: Clusters
    note: str
    is_value: bool
    replicates: np.ndarray


@dataclass(frozen=True, eq=False)
class _Slice:
    """The faces of one part, and the metrics to compute of them."""

    attribute: str
    part: str
    is_value: bool
    metrics: list[str]
    rows: pd.DataFrame
    scores: Scores
    counts: UnitCounts


def estimate_errors(
    scored: pd.DataFrame, attributes: Iterable[Attribute], threshold: float, intervals: Intervals
) -> Iterator[Estimate]:
    """Compute the metrics of a model on each part of each attribute of the faces of one dataset.

    Parameters
    ----------
    scored : DataFrame
        Faces of one split: ``split``, ``dataset``, ``label``, ``target``, ``donor``, ``p_fake``.
    attributes : iterable of Attribute
        Of these faces.
    threshold : float
        Scores at or above it are called fake.
    intervals : Intervals
        How confidence intervals are computed.
    """
    clusters = Clusters.of(scored)
    slices = [
        one
        for attribute in attributes
        for one in _slices(scored, attribute, clusters.unit, threshold)
    ]
    replicates = resample(clusters, intervals, partial(_replicates, slices))
    for number, one in enumerate(slices):
        for metric in one.metrics:
            yield _estimate(one, metric, replicates[f"{number} {metric}"], intervals)


def error_rows(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Tabulate estimates as rows of `stages.common.tables.errors.ERRORS`."""
    rows = [vars(one) | {"clusters": one.clusters.count} for one in estimates]
    return pd.DataFrame(rows, columns=list(ERRORS.columns))


def _slices(
    scored: pd.DataFrame, attribute: Attribute, unit: np.ndarray, threshold: float
) -> Iterator[_Slice]:
    """Yield the faces of each part of an attribute.

    If only one label has the attribute, as only fakes have a method, its faces in each part are
    compared with all faces of the other label, on which no errors are then given.
    """
    has_part = attribute.parts != ""
    labels = set(scored.loc[has_part, "label"])
    shared = ~scored["label"].isin(labels)
    metrics = [metric for metric in METRICS if metric == "auc" or labels >= _LABELS_OF[metric]]
    for part in sorted(attribute.parts[has_part].unique()):
        places = np.flatnonzero((attribute.parts == part) | shared)
        rows = scored.iloc[places]
        fake, p_fake = (rows["label"] == "fake").to_numpy(), rows["p_fake"].to_numpy()
        yield _Slice(
            attribute.name,
            part,
            part != attribute.others,
            metrics,
            rows,
            scores := Scores(fake, p_fake, threshold),
            UnitCounts(scores, unit[places]),
        )


def _replicates(slices: Iterable[_Slice], weights: np.ndarray) -> dict[str, np.ndarray]:
    """Compute the replicates of each metric of each slice, named by its number and the metric."""
    found = {}
    for number, one in enumerate(slices):
        replicates = Replicates(one.counts, weights)
        for metric in one.metrics:
            found[f"{number} {metric}"] = METRICS[metric].of_replicates(replicates)
    return found


def _estimate(one: _Slice, metric: str, replicates: np.ndarray, intervals: Intervals) -> Estimate:
    labels = sorted(_LABELS_OF[metric])
    clusters = fewest(Clusters.of(one.rows[one.rows["label"] == label]) for label in labels)
    value = METRICS[metric].of(one.scores)
    bounds = value if isinstance(value, str) else interval(value, replicates, clusters, intervals)
    low, high = (np.nan, np.nan) if isinstance(bounds, str) else bounds
    return Estimate(
        split=one.rows["split"].iloc[0],
        dataset=one.rows["dataset"].iloc[0],
        attribute=one.attribute,
        part=one.part,
        metric=metric,
        value=np.nan if isinstance(value, str) else value,
        low=low,
        high=high,
        fakes=int(one.scores.fake.sum()),
        reals=int((~one.scores.fake).sum()),
        clusters=clusters,
        note=bounds if isinstance(bounds, str) else "",
        is_value=one.is_value,
        replicates=replicates,
    )
