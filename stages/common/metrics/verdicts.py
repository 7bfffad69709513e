"""Verdicts on items: fake, real or undecided, how often they are wrong, and who may give any.

A verdict follows the threshold of the model's decision, unless the score is one that too many of
val's other class have as well: split conformal prediction, with a p-value for each class (Vovk,
Machine Learning 2013; Mondrian, so that the error is bounded for reals and for fakes alike). For
an item that is exchangeable with val's of its label, the chance of the wrong verdict is at most
``max_error``. Items of one group are not exchangeable one by one, hence the errors on test.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, nan
from typing import Literal

import numpy as np
import pandas as pd

from stages.common.metrics.bootstrap import interval, resample
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import FITTED_ON
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.replicates import Replicates, UnitCounts
from stages.common.metrics.score_tables import has_face
from stages.common.metrics.scores import Scores
from stages.common.numbers import Count, NonNegative, OpenFraction
from stages.common.params import Section
from stages.common.table import KEY
from stages.common.tables.metrics import ALL_METHODS

Verdict = Literal["fake", "real", "undecided"]

CHANCE = 0.5
"""The AUC of scores that know nothing."""


class VerdictParams(Section):
    """The section `verdict` of params.yaml.

    Attributes
    ----------
    max_error : float
        Largest share of reals called fake, and of fakes called real, that verdicts are fitted to.
    min_frames : int
        Frames of a clip in which a person must be found; of fewer frames, all.
    min_face : float
        Least median width of the person's face, in px of the file's frames.
    min_sharpness : float
        Least median sharpness of the face, as `app.evidence.sharpness` measures it.
    """

    max_error: OpenFraction
    min_frames: Count
    min_face: NonNegative
    min_sharpness: NonNegative


@dataclass(frozen=True)
class Rule:
    """How a score of an item becomes a verdict.

    Attributes
    ----------
    threshold : float
        Of the model's decision: scores at or above it may be called fake, others real.
    fake_above : float
        Scores at or below it are not called fake; infinite if val has too few reals.
    real_below : float
        Scores at or above it are not called real; minus infinite if val has too few fakes.
    max_error : float
        What the two were fitted to.
    reals, fakes : int
        Items of val that they were fitted on.
    """

    threshold: float
    fake_above: float
    real_below: float
    max_error: float
    reals: int
    fakes: int

    def of(self, p_fake: float) -> Verdict:
        """The verdict on an item, or on one of its persons, with this score."""
        if p_fake >= self.threshold:
            return "fake" if p_fake > self.fake_above else "undecided"
        return "real" if p_fake < self.real_below else "undecided"


def fit_rule(scores: pd.DataFrame, threshold: float, max_error: float) -> Rule:
    """Fit the rule of a model on the items of val.

    Parameters
    ----------
    scores : DataFrame
        Rows with ``split``, ``label``, ``p_fake`` and ``faces``; only val's with a face are used.
    threshold : float
        The threshold of the model's decision on items.
    max_error : float
        Share of either class that may get the wrong verdict, in (0, 1).
    """
    val = scores[(scores["split"] == FITTED_ON) & has_face(scores)]
    reals = np.sort(val.loc[val["label"] == "real", "p_fake"].to_numpy())
    fakes = np.sort(val.loc[val["label"] == "fake", "p_fake"].to_numpy())
    # A score gets the p-value (1 + others at least as extreme) / (1 + others) of each class
    among_reals, among_fakes = (_most(max_error, len(values)) for values in (reals, fakes))
    return Rule(
        threshold=threshold,
        fake_above=float(reals[-among_reals]) if among_reals else inf,
        real_below=float(fakes[among_fakes - 1]) if among_fakes else -inf,
        max_error=max_error,
        reals=len(reals),
        fakes=len(fakes),
    )


def _most(max_error: float, count: int) -> int:
    """Rank of the last of `count` scores whose p-value is too large; 0 if each one's is."""
    return int(np.floor(max_error * (count + 1) + 1e-9))


@dataclass(frozen=True)
class Outcomes:
    """The verdicts on the items of test with a face, where the labels are known.

    Attributes
    ----------
    reals, fakes : int
        Number of items.
    called_fake : int
        Reals that were called fake.
    called_real : int
        Fakes that were called real.
    undecided : int
        Items without a verdict.
    """

    reals: int
    fakes: int
    called_fake: int
    called_real: int
    undecided: int

    def __str__(self) -> str:
        """Return a sentence without its subject."""
        return (
            f"called {self.called_fake} of {self.reals} real ones fake and {self.called_real} of "
            f"{self.fakes} fakes real, and left {self.undecided} undecided"
        )


def outcomes_on_test(scores: pd.DataFrame, rule: Rule) -> Outcomes:
    """Count the verdicts on the items of test with a face."""
    test = scores[(scores["split"] == "test") & has_face(scores)]
    fake = (test["label"] == "fake").to_numpy()
    verdicts = np.array([rule.of(p_fake) for p_fake in test["p_fake"]], dtype=object)
    return Outcomes(
        reals=int((~fake).sum()),
        fakes=int(fake.sum()),
        called_fake=int((verdicts[~fake] == "fake").sum()),
        called_real=int((verdicts[fake] == "real").sum()),
        undecided=int((verdicts == "undecided").sum()),
    )


@dataclass(frozen=True)
class AucOnTest:
    """The AUC by video on the test split of one dataset, NaN where undefined.

    Attributes
    ----------
    dataset : str
        Its name.
    value, low, high : float
        AUC and its interval.
    gain, gain_low : float
        AUC less the trivial baseline's, and the lower bound of its paired interval.
    note : str
        Why there is no interval, else empty.
    """

    dataset: str
    value: float
    low: float = nan
    high: float = nan
    gain: float = nan
    gain_low: float = nan
    note: str = ""

    def __str__(self) -> str:
        """Return the value with its interval."""
        bounds = "" if np.isnan(self.low) else f" [{self.low:.2f}, {self.high:.2f}]"
        return f"{self.value:.2f}{bounds}"

    @property
    def doubt(self) -> str:
        """Say that the model is not above chance; empty if it is, or if nothing can be said."""
        where = f"its AUC by video on the test clips of {self.dataset} is {self}"
        if self.high < CHANCE:
            return f"{where}, worse than chance"
        return f"{where}, which may be chance" if self.low <= CHANCE else ""

    @property
    def doubt_by_baseline(self) -> str:
        """Say that the model does not beat the trivial baseline; empty if it does."""
        if np.isnan(self.gain_low) or self.gain_low > 0:
            return ""
        return (
            f"on the test clips of {self.dataset} it does not beat the baseline that needs no "
            f"network (difference of AUC {self.gain:.2f}, at least {self.gain_low:.2f})"
        )


def aucs_of(metrics: pd.DataFrame) -> list[AucOnTest]:
    """Take the AUC of each test set from rows of `stages.common.tables.metrics.METRICS`."""
    rows = metrics[
        (metrics["split"] == "test")
        & (metrics["level"] == "video")
        & (metrics["method"] == ALL_METHODS)
        & (metrics["metric"] == "auc")
    ]
    return [
        AucOnTest(row.dataset, row.value, row.low, row.high, note=row.note)
        for row in rows.itertuples()
    ]


def aucs_on_test(
    scores: pd.DataFrame, baseline: pd.DataFrame, params: MetricsParams
) -> list[AucOnTest]:
    """Compute the AUC of each test set, and how far it is above the trivial baseline's.

    Parameters
    ----------
    scores, baseline : DataFrame
        Rows of `stages.common.tables.scores.VIDEO_SCORES` about the same items.
    params : MetricsParams
        How intervals are computed.
    """
    test = scores[(scores["split"] == "test") & has_face(scores)]
    both = test.merge(baseline[[*KEY, "p_fake"]], on=KEY, suffixes=("", "_baseline"))
    return [_auc(str(dataset), rows, params) for dataset, rows in both.groupby("dataset")]


def _auc(dataset: str, rows: pd.DataFrame, params: MetricsParams) -> AucOnTest:
    fake, clusters = (rows["label"] == "fake").to_numpy(), Clusters.of(rows)
    auc = DEFINITIONS["auc"]
    models = [Scores(fake, rows[name].to_numpy()) for name in ("p_fake", "p_fake_baseline")]
    value, of_baseline = (auc.of(model) for model in models)
    if isinstance(value, str) or isinstance(of_baseline, str):
        return AucOnTest(dataset, nan, note=str(value))

    def replicates(model: Scores) -> np.ndarray:
        counts = UnitCounts(model, clusters.unit)

        def compute(weights: np.ndarray) -> dict[str, np.ndarray]:
            return {"auc": auc.of_replicates(Replicates(counts, weights))}

        return resample(clusters, params.intervals, compute)["auc"]

    own, other = map(replicates, models)
    gain = value - of_baseline
    bounds = interval(value, own, clusters, params.intervals)
    gained = interval(gain, own - other, clusters, params.intervals)
    if isinstance(bounds, str):
        return AucOnTest(dataset, value, gain=gain, note=bounds)
    if isinstance(gained, str):
        return AucOnTest(dataset, value, gain=gain, note=gained)
    return AucOnTest(dataset, value, *bounds, gain, gained[0])


@dataclass(frozen=True)
class Skill:
    """What val and test show of a model's verdicts.

    Attributes
    ----------
    rule : Rule or None
        How scores become verdicts; None if the score tables are missing.
    outcomes : Outcomes or None
        The verdicts on test; None if the score tables are missing.
    aucs : list of AucOnTest
        One for each test set.
    doubt : str
        Why the model may give no verdict; empty if it may.
    """

    rule: Rule | None
    outcomes: Outcomes | None
    aucs: list[AucOnTest]
    doubt: str


def skill_of(
    scores: pd.DataFrame,
    baseline: pd.DataFrame,
    threshold: float,
    params: VerdictParams,
    metrics: MetricsParams,
) -> Skill:
    """Fit a model's verdicts on val and look at them on test.

    A model may give verdicts if its AUC by video is above chance and above the trivial baseline's,
    by their intervals, on every test set that is large enough for an interval, and there is one.

    Parameters
    ----------
    scores, baseline : DataFrame
        Rows of `stages.common.tables.scores.VIDEO_SCORES` about the same items.
    threshold : float
        The threshold of the model's decision on items.
    params : VerdictParams
        Error that verdicts are fitted to.
    metrics : MetricsParams
        How intervals are computed.
    """
    rule = fit_rule(scores, threshold, params.max_error)
    aucs = aucs_on_test(scores, baseline, metrics)
    return Skill(rule, outcomes_on_test(scores, rule), aucs, doubt_of(aucs))


def doubt_of(aucs: Iterable[AucOnTest]) -> str:
    """Say why a model may give no verdict; empty if it may."""
    known = [auc for auc in aucs if not np.isnan(auc.low)]
    if not known:
        notes = "; ".join(f"{auc.dataset}: {auc.note}" for auc in aucs)
        return "no test set shows what it is worth" + (f" ({notes})" if notes else "")
    doubts = [auc.doubt or auc.doubt_by_baseline for auc in known]
    return "; ".join(doubt for doubt in doubts if doubt)
