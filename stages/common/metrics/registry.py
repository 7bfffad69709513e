"""Figures of a set of scores, computed by scikit-learn where it has them.

``fake`` is the positive class, every score is P(fake). A figure that is undefined is the reason,
as text, never a number made up.
"""

import numpy as np
from sklearn import metrics

from stages.common.metrics.calibration import expected_calibration_error

PARTIAL_AUC = {"partial_auc_fpr1": 0.01, "partial_auc_fpr10": 0.1}
"""Largest false-positive rate of each partial AUC, standardised: 0.5 is chance (McClish 1989)."""

TPR_AT_FPR = {"tpr_at_fpr1": 0.01, "tpr_at_fpr5": 0.05, "tpr_at_fpr10": 0.1}
"""False-positive rate within which each highest true-positive rate is taken."""

RANKING = ("auc", *PARTIAL_AUC, "average_precision", "equal_error_rate", *TPR_AT_FPR)
DECISIONS = ("accuracy", "balanced_accuracy", "f1", "precision", "recall")
PROBABILITIES = ("log_loss", "brier", "ece")
FIGURES = (*RANKING, *DECISIONS, *PROBABILITIES)


def figures(
    fake: np.ndarray, p_fake: np.ndarray, threshold: float, ece_bins: int
) -> dict[str, float | str]:
    """Every figure of `FIGURES`.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels.
    p_fake : ndarray of float, shape (n,)
        Scores in [0, 1].
    threshold : float
        A score that reaches it is called fake.
    ece_bins : int
        Equally wide bins of the expected calibration error.

    Returns
    -------
    dict of str to float or str
        A string says why a figure is undefined.
    """
    if not fake.size:
        return dict.fromkeys(FIGURES, "nothing was scored")
    return (
        ranking_figures(fake, p_fake)
        | decision_figures(fake, p_fake >= threshold)
        | {
            "log_loss": float(metrics.log_loss(fake, p_fake, labels=[False, True])),
            "brier": float(np.mean((p_fake - fake) ** 2)),
            "ece": expected_calibration_error(fake, p_fake, ece_bins),
        }
    )


def ranking_figures(fake: np.ndarray, p_fake: np.ndarray) -> dict[str, float | str]:
    """The figures of `RANKING`, which need no threshold; see `figures`."""
    if fake.all() or not fake.any():
        return dict.fromkeys(RANKING, "only fakes" if fake.all() else "only reals")
    fpr, tpr, _ = metrics.roc_curve(fake, p_fake, drop_intermediate=False)
    return {
        "auc": float(metrics.auc(fpr, tpr)),
        **{
            name: float(metrics.roc_auc_score(fake, p_fake, max_fpr=bound))
            for name, bound in PARTIAL_AUC.items()
        },
        "average_precision": float(metrics.average_precision_score(fake, p_fake)),
        "equal_error_rate": equal_error_rate(fpr, tpr),
        **{name: float(tpr[fpr <= bound].max()) for name, bound in TPR_AT_FPR.items()},
    }


def equal_error_rate(fpr: np.ndarray, tpr: np.ndarray) -> float:
    """Where the ROC curve, its points joined by straight lines, meets FPR = 1 - TPR."""
    excess = fpr - (1 - tpr)  # from -1 to 1
    after = int(np.argmax(excess >= 0))
    along = -excess[after - 1] / (excess[after] - excess[after - 1])
    return float(fpr[after - 1] + along * (fpr[after] - fpr[after - 1]))


def decision_figures(fake: np.ndarray, called_fake: np.ndarray) -> dict[str, float | str]:
    """The figures of `DECISIONS`; see `figures`."""
    found: dict[str, float | str] = {
        "accuracy": float(metrics.accuracy_score(fake, called_fake)),
        "balanced_accuracy": "only fakes" if fake.all() else "only reals",
        "f1": "no fakes, and none called fake",
        "precision": "nothing was called fake",
        "recall": "only reals",
    }
    if fake.any() and not fake.all():
        found["balanced_accuracy"] = float(metrics.balanced_accuracy_score(fake, called_fake))
    if fake.any() or called_fake.any():
        found["f1"] = float(metrics.f1_score(fake, called_fake))
    if called_fake.any():
        found["precision"] = float(metrics.precision_score(fake, called_fake))
    if fake.any():
        found["recall"] = float(metrics.recall_score(fake, called_fake))
    return found
