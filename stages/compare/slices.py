"""All models on the same cases: one split of one dataset at one level."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import FITTED_ON, threshold_on_val
from stages.common.metrics.macro import Measured, macro_average
from stages.common.metrics.metrics_table import MetricsParams, measure
from stages.common.metrics.score_tables import has_face, item_levels
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
    scores : dict of str to ndarray of float, shape (n,)
        P(fake) of each model.
    thresholds : dict of str to float
        Threshold of each model, fitted on val.
    measured : dict of str to Measured
        Metrics of each model with their replicates, which are paired: the same replicate of every
        model takes the same clusters.
    """

    split: str
    dataset: str
    level: str
    fake: np.ndarray
    faceless: np.ndarray
    scores: dict[str, np.ndarray]
    thresholds: dict[str, float]
    measured: dict[str, Measured]

    @property
    def clusters(self) -> Clusters:
        """What inference resamples."""
        return next(iter(self.measured.values())).clusters


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
    return ScoredSlice(
        *name,
        fake=fake,
        faceless=~has_face(rows),
        scores=scores,
        thresholds=thresholds,
        measured={
            model: measure(
                Scores(fake, p_fake, thresholds[model], params.ece_bins),
                clusters,
                params.intervals,
            )
            for model, p_fake in scores.items()
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
    return replace(
        parts[0],
        dataset=MACRO_AVERAGE,
        fake=np.concatenate([part.fake for part in parts]),
        faceless=np.concatenate([part.faceless for part in parts]),
        scores={},
        measured={
            model: macro_average({part.dataset: part.measured[model] for part in parts}, seed)
            for model in parts[0].measured
        },
    )
