"""All models on the same cases: one split of one dataset at one level."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from stages.common.metrics.bootstrap import resample
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import FITTED_ON, threshold_on_val
from stages.common.metrics.definitions import compute_metrics, replicate_metrics
from stages.common.metrics.macro import Measured, macro_average
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.score_tables import item_levels
from stages.common.metrics.scores import Scores
from stages.common.tables.metrics import MACRO_AVERAGE


@dataclass(frozen=True)
class ScoredSlice:
    """The scores and metrics of every model on one split of one dataset at one level.

    Attributes
    ----------
    split, dataset, level : str
        Which data the metrics are computed on.
    fake : ndarray of bool, shape (n,)
        Labels.
    faceless : ndarray of bool, shape (n,)
        Items in which no face was found.
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
    faceless: np.ndarray
    clusters: Clusters
    scores: dict[str, np.ndarray]
    thresholds: dict[str, float]
    metrics: dict[str, dict[str, float | str]]
    replicates: dict[str, dict[str, np.ndarray]]


def scored_slices(
    tables: dict[str, dict[str, pd.DataFrame]],
    max_false_positive_rate: float,
    params: MetricsParams,
) -> Iterator[ScoredSlice]:
    """Yield a slice for every split except val, every dataset and every level.

    Parameters
    ----------
    tables : dict of model to dict of level to DataFrame
        Score tables by frame and by video, with the same rows at each level.
    max_false_positive_rate : float
        Upper bound on val that determines the thresholds.
    params : MetricsParams
        Parameters of ECE bins and bootstrap intervals.
    """
    by_level = {
        model: {"frame": levels["frame"], **item_levels(levels["video"])}
        for model, levels in tables.items()
    }
    first = next(iter(by_level.values()))
    thresholds = {
        model: {
            level: threshold_on_val(levels[level], max_false_positive_rate)
            for level in ("frame", "video")
        }
        for model, levels in by_level.items()
    }
    for level, rows in first.items():
        fitted = "frame" if level == "frame" else "video"
        for (split, dataset), part in rows.groupby(["split", "dataset"]):
            if split != FITTED_ON:
                scores = {
                    model: levels[level].loc[part.index, "p_fake"].to_numpy()
                    for model, levels in by_level.items()
                }
                at_level = {model: levels[fitted] for model, levels in thresholds.items()}
                yield _scored_slice((split, dataset, level), part, scores, at_level, params)


def _scored_slice(
    name: tuple[str, str, str],
    rows: pd.DataFrame,
    scores: dict[str, np.ndarray],
    thresholds: dict[str, float],
    params: MetricsParams,
) -> ScoredSlice:
    fake = (rows["label"] == "fake").to_numpy()
    clusters = Clusters.of(rows)
    of_models = {
        model: Scores(fake, p_fake, thresholds[model], params.ece_bins)
        for model, p_fake in scores.items()
    }
    return ScoredSlice(
        *name,
        fake=fake,
        faceless=(
            (rows["faces"] == 0).to_numpy() if "faces" in rows else np.zeros(len(rows), bool)
        ),
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


def with_macro_averages(slices: list[ScoredSlice], seed: int) -> list[ScoredSlice]:
    """Add the macro average over the unseen datasets, at each level that two or more have.

    It averages metrics and has no scores. `seed` is passed to
    `stages.common.metrics.macro.macro_average`.
    """
    unseen: dict[str, list[ScoredSlice]] = defaultdict(list)
    for scored in slices:
        if scored.split == "unseen":
            unseen[scored.level].append(scored)
    averages = [_average(parts, seed) for parts in unseen.values() if len(parts) > 1]
    return slices + averages


def _average(parts: list[ScoredSlice], seed: int) -> ScoredSlice:
    averages = {
        model: macro_average(
            {
                part.dataset: Measured(part.metrics[model], part.replicates[model], part.clusters)
                for part in parts
            },
            seed,
        )
        for model in parts[0].metrics
    }
    return replace(
        parts[0],
        dataset=MACRO_AVERAGE,
        fake=np.concatenate([part.fake for part in parts]),
        faceless=np.concatenate([part.faceless for part in parts]),
        clusters=next(iter(averages.values())).clusters,
        scores={},
        metrics={model: dict(average.points) for model, average in averages.items()},
        replicates={model: dict(average.replicates) for model, average in averages.items()},
    )
