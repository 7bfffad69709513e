"""Likelihood ratios of scores, and what they rest on: population, calibration and bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from app.report.elub import elub
from app.report.schema import Estimate, LikelihoodRatio, Population, Ratios, Tippett
from app.skill import item_scores
from stages.common.metrics.bootstrap import interval
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import FITTED_ON
from stages.common.metrics.likelihood_ratio import log_likelihood_ratio
from stages.common.metrics.metrics_table import MetricsParams, measure_each
from stages.common.metrics.score_tables import has_face
from stages.common.metrics.scores import Scores
from stages.common.params import load

if TYPE_CHECKING:  # the models bring Keras, which is slow to import
    from app.models import Model

TEST = "test"

QUESTION = (
    "How much more probable is this score if the face was manipulated, by one of the methods of "
    "the population below, than if it is genuine, as the genuine items of the population are?"
)
METHOD = (
    "Logistic regression of the log odds of val's items (Platt scaling), less the log odds of the "
    "prior that it assumes."
)
BOUNDS_METHOD = (
    "Empirical lower and upper bounds (ELUB) of val's ratios: Vergeer et al., Science & Justice "
    "56, 2016, 482-491. They count items; items that share a source are not independent, so that "
    "narrower bounds might be due."
)

_TEN = np.log(10)

_POINTS = 201
"""Points of a Tippett plot."""

# ENFSI guideline for evaluative reporting in forensic science, 2015
_SUPPORT = (
    (2, "no support for either"),
    (10, "weak support"),
    (100, "moderate support"),
    (1000, "moderately strong support"),
    (10_000, "strong support"),
    (1_000_000, "very strong support"),
    (np.inf, "extremely strong support"),
)


@dataclass(frozen=True)
class LikelihoodRatios:
    """Turns scores of persons and items into likelihood ratios.

    Attributes
    ----------
    prior : float
        Share of fakes that the scores assume.
    about : Ratios
        What the ratios rest on.
    """

    prior: float
    about: Ratios

    def of(self, p_fake: float) -> LikelihoodRatio:
        """The ratio of a score P(fake)."""
        unbounded = float(log_likelihood_ratio(np.array(p_fake), self.prior)) / _TEN
        log10 = min(max(unbounded, self.about.log10_low), self.about.log10_high)
        return LikelihoodRatio(
            log10=_rounded(log10),
            log10_unbounded=_rounded(unbounded),
            sentence=_sentence(log10, unbounded),
        )


def likelihood_ratios(model: "Model") -> LikelihoodRatios:
    """Estimate the ratios of a model that gives verdicts, from its scores of val and test.

    Raises
    ------
    TableError
        A score table is missing or damaged.
    """
    scores = item_scores(model.fitted, [member.name for member in model.members])
    level = model.fitted.video
    return estimate(scores, level.prior, load("metrics", MetricsParams))


def estimate(scores: pd.DataFrame, prior: float, metrics: MetricsParams) -> LikelihoodRatios:
    """Estimate the ratios from scores of val, and look at them on test.

    Parameters
    ----------
    scores : DataFrame
        Rows of `stages.common.tables.scores.VIDEO_SCORES`; both splits hold both classes.
    prior : float
        Share of fakes that the scores assume.
    metrics : MetricsParams
        How intervals are computed.
    """
    rows = scores[has_face(scores)]
    val, test = (rows[rows["split"] == split] for split in (FITTED_ON, TEST))
    low, high = (bound / _TEN for bound in elub(_fake(val), _log_lr(val, prior)))
    fake, log10 = _fake(test), np.clip(_log_lr(test, prior) / _TEN, low, high)
    about = Ratios(
        question=QUESTION,
        method=METHOD,
        estimated_on=list(_populations(val)),
        tested_on=list(_populations(test)),
        relevance=_relevance(val),
        log10_low=_rounded(low),
        log10_high=_rounded(high),
        bounds_method=BOUNDS_METHOD,
        misleading_fakes=int((log10[fake] < 0).sum()),
        misleading_reals=int((log10[~fake] > 0).sum()),
        tippett=_tippett(fake, log10),
        **_costs(test, log10, metrics),
    )
    return LikelihoodRatios(prior, about)


def _fake(rows: pd.DataFrame) -> np.ndarray:
    return (rows["label"] == "fake").to_numpy()


def _log_lr(rows: pd.DataFrame, prior: float) -> np.ndarray:
    return log_likelihood_ratio(rows["p_fake"].to_numpy(), prior)


def _costs(rows: pd.DataFrame, log10: np.ndarray, params: MetricsParams) -> dict[str, Estimate]:
    """Cllr and its minimum, with intervals over persons or source clips."""
    scores = Scores(_fake(rows), expit(log10 * _TEN), prior=0.5)
    sets = [(scores, Clusters.of(rows))]
    (found,) = measure_each(sets, params.intervals, ("cllr", "min_cllr"))
    costs = {}
    for name, value in found.points.items():
        bounds = interval(float(value), found.replicates[name], found.clusters, params.intervals)
        low, high = (None, None) if isinstance(bounds, str) else map(_rounded, bounds)
        costs[name] = Estimate(value=_rounded(float(value)), low=low, high=high)
    return costs


def _rounded(value: float) -> float:
    return round(value, 4) + 0.0  # and not -0.0


def _populations(rows: pd.DataFrame) -> Iterator[Population]:
    for dataset, items in rows.groupby("dataset"):
        fake = _fake(items)
        yield Population(
            dataset=str(dataset),
            reals=int((~fake).sum()),
            fakes=int(fake.sum()),
            groups=items["group"].nunique(),
            methods=sorted(items["method"][fake].unique()),
        )


def _relevance(val: pd.DataFrame) -> str:
    fake = _fake(val)
    names = sorted(val["dataset"].unique())
    datasets = f"dataset{'s' if len(names) > 1 else ''} {', '.join(names)}"
    methods = ", ".join(sorted(val["method"][fake].unique()))
    return (
        f"The ratios compare {fake.sum()} fakes (by {methods}) with {(~fake).sum()} genuine items, "
        f"all of the {datasets}. For other persons, cameras, compression or manipulations the same "
        "score can mean more, less or the opposite; whether this population fits the case is for "
        "the reader to judge, and must be argued, not assumed."
    )


def _tippett(fake: np.ndarray, log10: np.ndarray) -> Tippett:
    points = np.linspace(log10.min() - 0.01, log10.max() + 0.01, _POINTS)
    shares = [
        (of_class[:, None] >= points).mean(axis=0).round(4).tolist()
        for of_class in (log10[fake], log10[~fake])
    ]
    return Tippett(log10=points.round(4).tolist(), fakes=shares[0], reals=shares[1])


def _sentence(log10: float, unbounded: float) -> str:
    """Put a ratio into words."""
    size = 10 ** abs(log10)
    support = next(words for below, words in _SUPPORT if size < below)
    if support == _SUPPORT[0][1]:
        said = f"The score is about as probable either way (ratio {10**log10:.2g}): {support}."
    else:
        more, less = ("manipulated", "genuine") if log10 > 0 else ("genuine", "manipulated")
        said = (
            f"The score is {_round(size)} times as probable if the face is {more} as if it is "
            f"{less}: {support} for {more}."
        )
    if log10 != unbounded:
        said += " This is the bound: the validation data is too small to bear out more."
    return said


def _round(size: float) -> str:
    """Two significant digits, without an exponent."""
    digits = -int(np.floor(np.log10(size))) + 1
    return f"{round(size, digits):,.{max(0, digits)}f}"
