"""The table of metrics; to add one, add a row here and a line in docs/metrics.md.

``fake`` is the positive class, every score is P(fake). The value of an undefined metric is the
reason, as text, never a placeholder number.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np
from sklearn import metrics

from stages.common.metrics.calibration import expected_calibration_error
from stages.common.metrics.likelihood_ratio import cllr, log_likelihood_ratio, min_cllr
from stages.common.metrics.replicates import Replicates, UnitCounts
from stages.common.metrics.scores import Scores

Kind = Literal["ranking", "decision", "probability"]
Place = Literal["headline", "frame headline", "leaderboard", "comparison", "robustness"]


@dataclass(frozen=True)
class Metric:
    """A metric and where it is shown.

    Attributes
    ----------
    name : str
        Name in tables and files.
    title : str
        Name in cards, pages and reports.
    kind : {"ranking", "decision", "probability"}
        What it evaluates. A ranking needs both classes, a decision needs the threshold from val.
    value : callable
        Computes the metric of at least one score, or returns why it is undefined.
    replicates : callable or None
        Computes the metric of all replicates at once, shape (replicates,), NaN or infinite where
        undefined. If None, `value` is called for each replicate, which is correct but slow on
        many scores.
    shown : tuple of str
        Where it is shown, besides the metric tables and the page of a review, which have all
        metrics. "headline" means `dvc metrics diff`, cards and a review's comment, at video
        level; "frame headline" means the same places, at frame level.
    higher_is_better : bool
        Whether a higher value is better.
    min_reals : int
        Minimum number of reals; with fewer, the metric is undefined.
    """

    name: str
    title: str
    kind: Kind
    value: Callable[[Scores], float | str]
    replicates: Callable[[Replicates], np.ndarray] | None = None
    shown: tuple[Place, ...] = ()
    higher_is_better: bool = True
    min_reals: int = 0

    @property
    def fixed(self) -> str:
        """What an interval is conditional on: it does not cover variation in these."""
        return "training, calibration" + (", threshold" if self.kind == "decision" else "")

    def of(self, scores: Scores) -> float | str:
        """Compute the metric of `scores`, or return why it is undefined."""
        if not scores.fake.size:
            return "nothing was scored"
        if self.kind == "decision" and np.isnan(scores.threshold):
            return "no threshold: val needs both classes"
        if self.kind == "ranking" and (reason := _one_class(scores)):
            return reason
        if (reals := int((~scores.fake).sum())) < self.min_reals:
            return f"not resolvable with {reals} reals, {self.min_reals} needed"
        value = self.value(scores)
        return value if isinstance(value, str) else float(value)

    def of_replicates(self, replicates: Replicates) -> np.ndarray:
        """Compute the metric of each replicate: shape (replicates,), not finite where undefined.

        `min_reals` applies to the scores and not to each replicate; otherwise, with just enough
        reals, the metric would be undefined in half of the replicates.
        """
        if (~replicates.scores.fake).sum() < self.min_reals:
            return np.full(len(replicates.total), np.nan)
        if self.replicates is None:
            always = replace(self, min_reals=0)
            values = [always.of(scores) for scores in replicates.one_by_one()]
            return np.array([np.nan if isinstance(value, str) else value for value in values])
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.replicates(replicates)
        return np.where(replicates.one_class, np.nan, found) if self.kind == "ranking" else found


def _one_class(scores: Scores) -> str:
    """Return why there is no ROC curve; an empty string if there is one."""
    if scores.fake.all():
        return "only fakes"
    return "" if scores.fake.any() else "only reals"


def equal_error_rate(fpr: np.ndarray, tpr: np.ndarray) -> float:
    """Return the FPR at which the linearly interpolated ROC curve meets FPR = 1 - TPR."""
    excess = fpr - (1 - tpr)  # rises from -1 to 1
    after = int(np.argmax(excess >= 0))
    along = -excess[after - 1] / (excess[after] - excess[after - 1])
    return float(fpr[after - 1] + along * (fpr[after] - fpr[after - 1]))


def partial_auc(fpr: np.ndarray, tpr: np.ndarray, bound: float) -> float:
    """Return the partial AUC of an ROC curve, standardised so that 0.5 is chance (McClish 1989).

    It is that of ``sklearn.metrics.roc_auc_score(max_fpr=bound)``, which computes the curve anew.
    """
    within = np.searchsorted(fpr, bound, side="right")
    fpr_within = np.append(fpr[:within], bound)
    tpr_within = np.append(tpr[:within], np.interp(bound, fpr, tpr))
    chance, perfect = bound**2 / 2, bound
    return (1 + (metrics.auc(fpr_within, tpr_within) - chance) / (perfect - chance)) / 2


def _reals_that_resolve(bound: float) -> int:
    """Return the number of reals below which an FPR of `bound` allows no false positive."""
    return ceil(1 / bound)


def _partial_auc(name: str, bound: float) -> Metric:
    return Metric(
        name,
        f"partial AUC, FPR up to {bound:.0%}".replace("%", " %"),
        "ranking",
        lambda scores: partial_auc(*scores.roc, bound),
        lambda replicates: replicates.partial_auc(bound),
        min_reals=_reals_that_resolve(bound),
    )


def _tpr_within(name: str, bound: float) -> Metric:
    def value(scores: Scores) -> float:
        fpr, tpr = scores.roc
        return tpr[fpr <= bound].max()

    return Metric(
        name,
        f"TPR at {bound:.0%} FPR".replace("%", " %"),
        "ranking",
        value,
        lambda replicates: replicates.tpr_within(bound),
        min_reals=_reals_that_resolve(bound),
    )


def _balanced_accuracy(scores: Scores) -> float | str:
    fake, called_fake = scores.fake, scores.called_fake
    return _one_class(scores) or (np.mean(called_fake[fake]) + np.mean(~called_fake[~fake])) / 2


def _f1(scores: Scores) -> float | str:
    if not (scores.fake.any() or scores.called_fake.any()):
        return "no fakes, and none called fake"
    fake, called_fake = scores.fake, scores.called_fake
    return 2 * np.sum(fake & called_fake) / (np.sum(fake) + np.sum(called_fake))


def _precision(scores: Scores) -> float | str:
    if not scores.called_fake.any():
        return "nothing was called fake"
    return np.mean(scores.fake[scores.called_fake])


def _recall(scores: Scores) -> float | str:
    if not scores.fake.any():
        return "only reals"
    return np.mean(scores.called_fake[scores.fake])


def _cllr(scores: Scores) -> float | str:
    if np.isnan(scores.prior):
        return "no prior: val needs both classes"
    return _one_class(scores) or cllr(
        scores.fake, log_likelihood_ratio(scores.p_fake, scores.prior)
    )


_ROWS = (
    Metric(
        "auc",
        "AUC",
        "ranking",
        lambda scores: metrics.auc(*scores.roc),
        Replicates.auc,
        shown=("headline", "frame headline", "leaderboard", "comparison", "robustness"),
    ),
    _partial_auc("partial_auc_fpr1", 0.01),
    _partial_auc("partial_auc_fpr10", 0.1),
    Metric(
        "average_precision",
        "average precision",
        "ranking",
        lambda scores: metrics.average_precision_score(scores.falling.fake, scores.falling.p_fake),
        Replicates.average_precision,
        shown=("headline", "leaderboard"),
    ),
    Metric(
        "equal_error_rate",
        "EER",
        "ranking",
        lambda scores: equal_error_rate(*scores.roc),
        Replicates.equal_error_rate,
        shown=("headline", "leaderboard", "comparison"),
        higher_is_better=False,
    ),
    _tpr_within("tpr_at_fpr1", 0.01),
    _tpr_within("tpr_at_fpr5", 0.05),
    _tpr_within("tpr_at_fpr10", 0.1),
    Metric(
        "accuracy",
        "accuracy",
        "decision",
        lambda scores: np.mean(scores.called_fake == scores.fake),
        Replicates.accuracy,
    ),
    Metric(
        "balanced_accuracy",
        "balanced accuracy",
        "decision",
        _balanced_accuracy,
        Replicates.balanced_accuracy,
        shown=("headline", "leaderboard", "comparison", "robustness"),
    ),
    Metric("f1", "F1", "decision", _f1, Replicates.f1),
    Metric("precision", "precision", "decision", _precision, Replicates.precision),
    Metric("recall", "recall", "decision", _recall, Replicates.recall),
    Metric(
        "log_loss",
        "log-loss",
        "probability",
        lambda scores: np.mean(scores.log_losses),
        Replicates.log_loss,
        shown=("headline", "frame headline", "leaderboard", "comparison", "robustness"),
        higher_is_better=False,
    ),
    Metric(
        "brier",
        "Brier score",
        "probability",
        lambda scores: np.mean(scores.squared_errors),
        Replicates.brier,
        shown=("leaderboard",),
        higher_is_better=False,
    ),
    Metric(
        "ece",
        "ECE",
        "probability",
        lambda scores: expected_calibration_error(scores.fake, scores.p_fake, scores.ece_bins),
        Replicates.calibration_error,
        shown=("headline", "leaderboard", "comparison"),
        higher_is_better=False,
    ),
    Metric(
        "cllr",
        "Cllr",
        "probability",
        _cllr,
        Replicates.cllr,
        higher_is_better=False,
    ),
    Metric(
        "min_cllr",
        "minimum Cllr",
        "ranking",
        lambda scores: min_cllr(scores.fake, scores.p_fake),
        Replicates.min_cllr,
        higher_is_better=False,
    ),
)

DEFINITIONS = {metric.name: metric for metric in _ROWS}
"""Every metric by name, in the order of the tables."""


def shown_in(place: Place) -> list[str]:
    """Return the names of the metrics shown in `place`, in the order of the tables."""
    return [name for name, metric in DEFINITIONS.items() if place in metric.shown]


def compute_metrics(scores: Scores, names: Iterable[str] = DEFINITIONS) -> dict[str, float | str]:
    """Compute the metrics of `names`; a string says why a metric is undefined."""
    return {name: DEFINITIONS[name].of(scores) for name in names}


def replicate_metrics(
    counts: UnitCounts, weights: np.ndarray, names: Iterable[str] = DEFINITIONS
) -> dict[str, np.ndarray]:
    """Compute the metrics of `names` of every replicate.

    Parameters
    ----------
    counts, weights
        See `Replicates`.
    names : iterable of str
        Metrics to compute.

    Returns
    -------
    dict of str to ndarray of shape (replicates,)
        Values by metric name, NaN or infinite where undefined.
    """
    replicates = Replicates(counts, weights)
    return {name: DEFINITIONS[name].of_replicates(replicates) for name in names}
