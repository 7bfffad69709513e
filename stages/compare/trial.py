"""All models on the same cases: one split of one dataset at one level."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from stages.common.metrics.bootstrap import resample
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import FITTED_ON, threshold_on_val
from stages.common.metrics.definitions import compute_metrics, replicate_metrics
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.scores import Scores


@dataclass(frozen=True)
class Trial:
    """The scores and metrics of every model on one split of one dataset at one level.

    Attributes
    ----------
    split, dataset, level : str
        Which data the metrics are computed on.
    fake : ndarray of bool, shape (n,)
        Labels.
    clusters : Clusters
        What inference resamples.
    scores : dict of str to ndarray of float, shape (n,)
        P(fake) of each model.
    thresholds : dict of str to float
        Threshold of each model, fitted on val.
    metrics : dict of str to dict of str to float or str
        By model and name; a string says why a metric is undefined.
    replicates : dict of str to dict of str to ndarray
        Of `stages.common.metrics.bootstrap.resample`, by model and name, paired: the same
        replicate of every model takes the same clusters.
    """

    split: str
    dataset: str
    level: str
    fake: np.ndarray
    clusters: Clusters
    scores: dict[str, np.ndarray]
    thresholds: dict[str, float]
    metrics: dict[str, dict[str, float | str]]
    replicates: dict[str, dict[str, np.ndarray]]


def trials(
    tables: dict[str, dict[str, pd.DataFrame]],
    max_false_positive_rate: float,
    params: MetricsParams,
) -> Iterator[Trial]:
    """Yield a trial for every split except val, every dataset and both levels.

    Parameters
    ----------
    tables : dict of model to dict of level to DataFrame
        Score tables with the same rows at each level.
    max_false_positive_rate : float
        Upper bound on val that determines the thresholds.
    params : MetricsParams
        Parameters of ECE bins and bootstrap intervals.
    """
    for level in ("frame", "video"):
        thresholds = {
            model: threshold_on_val(levels[level], max_false_positive_rate)
            for model, levels in tables.items()
        }
        rows = next(iter(tables.values()))[level]
        for (split, dataset), part in rows.groupby(["split", "dataset"]):
            if split != FITTED_ON:
                scores = {
                    model: levels[level].loc[part.index, "p_fake"].to_numpy()
                    for model, levels in tables.items()
                }
                yield _trial((split, dataset, level), part, scores, thresholds, params)


def _trial(
    name: tuple[str, str, str],
    rows: pd.DataFrame,
    scores: dict[str, np.ndarray],
    thresholds: dict[str, float],
    params: MetricsParams,
) -> Trial:
    fake = (rows["label"] == "fake").to_numpy()
    clusters = Clusters.of(rows)
    of_models = {
        model: Scores(fake, p_fake, thresholds[model], params.ece_bins)
        for model, p_fake in scores.items()
    }
    return Trial(
        *name,
        fake=fake,
        clusters=clusters,
        scores=scores,
        thresholds=thresholds,
        metrics={model: compute_metrics(one) for model, one in of_models.items()},
        replicates={
            model: resample(
                clusters, params.intervals, partial(replicate_metrics, one, clusters.unit)
            )
            for model, one in of_models.items()
        },
    )
