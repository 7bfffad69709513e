"""All models on the same cases: one split of one dataset at one level."""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from stages.common.auc import auc_components
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import FITTED_ON, threshold_on_val
from stages.common.metrics.definitions import shown_in
from stages.common.metrics.macro import Measured, macro_average
from stages.common.metrics.metrics_table import MetricsParams, measure_each
from stages.common.metrics.score_tables import has_face, item_levels
from stages.common.metrics.scores import Scores
from stages.common.resources import processors
from stages.common.tables.metrics import MACRO_AVERAGE

# Of the metrics, those of the leaderboard and of the tests between models
_COMPARED = list(dict.fromkeys([*shown_in("leaderboard"), *shown_in("comparison"), "accuracy"]))


@dataclass(frozen=True)
class ScoredSlice:
    """The scores and metrics of every model on one split of one dataset at one level.

    Attributes
    ----------
    split, dataset, level : str
        Which data the metrics are computed on.
    rows : DataFrame of n rows
        The faces or items: ``label``, ``target``, ``donor``, and of items ``faces``.
    scores : dict of str to ndarray of float, shape (n,)
        P(fake) of each model; NaN where another program has none.
    covered : dict of str to ndarray of bool, shape (n,)
        What each model scored. At level ``all_items`` the other items have P(fake) = prior.
    thresholds : dict of str to float
        Threshold of each model, fitted on val.
    measured : dict of str to Measured
        Compared metrics of each model that has scores, on these, with their replicates, which are
        paired between models that score the same: the same replicate of each takes the same
        clusters.
    params : MetricsParams
        Parameters of ECE bins and bootstrap intervals.
    parts : tuple of ScoredSlice
        Of a macro average: what it averages.
    """

    split: str
    dataset: str
    level: str
    rows: pd.DataFrame
    scores: dict[str, np.ndarray]
    covered: dict[str, np.ndarray]
    thresholds: dict[str, float]
    measured: dict[str, Measured]
    params: MetricsParams
    parts: tuple["ScoredSlice", ...] = ()

    @cached_property
    def fake(self) -> np.ndarray:
        """Labels: ndarray of bool, shape (n,)."""
        return (self.rows["label"] == "fake").to_numpy()

    @cached_property
    def faceless(self) -> np.ndarray:
        """Items in which no face was found: ndarray of bool, shape (n,)."""
        return ~has_face(self.rows)

    @cached_property
    def auc_components(self) -> dict[str, tuple[float, np.ndarray]]:
        """AUC and components (`stages.common.auc`) of each model that scored every row.

        Empty if there is only one class.
        """
        if self.fake.all() or not self.fake.any():
            return {}
        return {
            model: auc_components(self.fake, scores)
            for model, scores in self.scores.items()
            if self.scored_by(model).all()
        }

    @property
    def clusters(self) -> Clusters:
        """What inference resamples, of rows that all models scored."""
        return next(iter(self.measured.values())).clusters

    def scored_by(self, *models: str) -> np.ndarray:
        """Rows with a P(fake) of each of `models`: ndarray of bool, shape (n,)."""
        scores = np.array([self.scores[model] for model in models])
        return np.asarray(np.isfinite(scores).all(axis=0))

    def of_both(self, first: str, second: str) -> "ScoredSlice":
        """Return the slice of the rows that both models score, where their replicates are paired.

        It has these two models alone unless every row is such a row.
        """
        both = self.scored_by(first, second)
        if both.all():
            return self
        if self.parts:
            return _average([part.of_both(first, second) for part in self.parts])
        return _measured(
            replace(
                self,
                rows=self.rows[both],
                scores={model: self.scores[model][both] for model in (first, second)},
                covered={model: self.covered[model][both] for model in (first, second)},
            )
        )


def scored_slices(
    tables: dict[str, dict[str, pd.DataFrame]],
    max_false_positive_rate: float,
    params: MetricsParams,
) -> Iterator[ScoredSlice]:
    """Yield a slice for every split except val, every dataset and every level.

    Parameters
    ----------
    tables : dict of model to dict of level to DataFrame
        Score tables by frame and by video, with the same rows at each level; the first model scores
        every face, others may lack some (`stages.compare.scores.read_scores`).
    max_false_positive_rate : float
        Upper bound on val that determines the thresholds.
    params : MetricsParams
        Parameters of ECE bins and bootstrap intervals.
    """
    thresholds = {
        model: {
            "frame": threshold_on_val(
                levels["frame"].dropna(subset="p_fake"), max_false_positive_rate
            ),
            "video": threshold_on_val(
                item_levels(levels["video"])["video"], max_false_positive_rate
            ),
        }
        for model, levels in tables.items()
    }
    unmeasured = []
    for level, rows in _levels(tables).items():
        table = "frame" if level == "frame" else "video"
        for (split, dataset), part in rows.groupby(["split", "dataset"]):
            if split != FITTED_ON:
                scores, covered = {}, {}
                for model, levels in tables.items():
                    of_part = levels[table].filter(["p_fake", "faces"]).loc[part.index]
                    covered[model] = has_face(of_part) & of_part["p_fake"].notna().to_numpy()
                    p_fake = of_part["p_fake"].to_numpy()
                    scores[model] = (
                        p_fake if level == "all_items" else np.where(covered[model], p_fake, np.nan)
                    )
                unmeasured.append(
                    ScoredSlice(
                        split,
                        dataset,
                        level,
                        rows=part,
                        scores=scores,
                        covered=covered,
                        thresholds={
                            model: of_model[table] for model, of_model in thresholds.items()
                        },
                        measured={},
                        params=params,
                    )
                )
    with ThreadPoolExecutor(processors()) as pool:  # NumPy and SciPy let go of the GIL
        yield from pool.map(_measured, unmeasured)


def _levels(tables: dict[str, dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """Rows of each level: ``all_items`` where an item lacks a face, or the scores of some model."""
    first = next(iter(tables.values()))
    fewest = np.min([levels["video"]["faces"] for levels in tables.values()], axis=0)
    of_fewest = item_levels(first["video"].assign(faces=fewest))
    levels = {"frame": first["frame"], "video": item_levels(first["video"])["video"]}
    if "all_items" in of_fewest:
        levels["all_items"] = first["video"].loc[of_fewest["all_items"].index]
    return levels


def _measured(scored: ScoredSlice) -> ScoredSlice:
    """Measure each model on what it scores."""
    params, of_all = scored.params, Clusters.of(scored.rows)
    sets = {}
    for model, p_fake in scored.scores.items():
        own = scored.scored_by(model)
        if own.any():
            scores = Scores(
                scored.fake[own], p_fake[own], scored.thresholds[model], params.ece_bins
            )
            sets[model] = scores, of_all if own.all() else Clusters.of(scored.rows[own])
    measured = measure_each(list(sets.values()), params.intervals, _COMPARED)
    return replace(scored, measured=dict(zip(sets, measured, strict=True)))


def with_macro_averages(slices: list[ScoredSlice]) -> list[ScoredSlice]:
    """Add the macro average over the unseen datasets, at each level that two or more have."""
    unseen: dict[str, list[ScoredSlice]] = defaultdict(list)
    for scored in slices:
        if scored.split == "unseen":
            unseen[scored.level].append(scored)
    return slices + [_average(parts) for parts in unseen.values() if len(parts) > 1]


def _average(parts: list[ScoredSlice]) -> ScoredSlice:
    """Average the metrics of the models that have some on each dataset."""
    first = parts[0]
    models = [model for model in first.measured if all(model in part.measured for part in parts)]
    return replace(
        first,
        dataset=MACRO_AVERAGE,
        rows=pd.concat([part.rows for part in parts]),
        scores={m: np.concatenate([part.scores[m] for part in parts]) for m in first.scores},
        covered={m: np.concatenate([part.covered[m] for part in parts]) for m in first.covered},
        measured={
            model: macro_average(
                {part.dataset: part.measured[model] for part in parts}, first.params.intervals.seed
            )
            for model in models
        },
        parts=tuple(parts),
    )
