"""Labels and scores of one slice, the input of its metrics.

``fake`` is the positive class, every score is P(fake).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import nan

import numpy as np
from sklearn import metrics


@dataclass(frozen=True, eq=False)
class Scores:
    """The labels and scores that metrics are computed from.

    Attributes
    ----------
    fake : ndarray of bool, shape (n,)
        Labels.
    p_fake : ndarray of float, shape (n,)
        Scores in [0, 1].
    threshold : float
        Scores at or above it are called fake; NaN if there is none.
    ece_bins : int
        Number of equally wide bins of the expected calibration error.
    prior : float
        Share of fakes that P(fake) assumes; NaN if it is not known.
    """

    fake: np.ndarray
    p_fake: np.ndarray
    threshold: float = nan
    ece_bins: int = 15
    prior: float = nan

    @cached_property
    def called_fake(self) -> np.ndarray:
        """The decisions: ndarray of bool, shape (n,)."""
        return self.p_fake >= self.threshold

    @cached_property
    def falling(self) -> "Scores":
        """The same scores, highest first: what is in order, scikit-learn sorts much faster."""
        return self.take(np.argsort(-self.p_fake, kind="stable"))

    @cached_property
    def roc(self) -> tuple[np.ndarray, np.ndarray]:
        """False- and true-positive rate at every distinct score, from 0 to 1."""
        scores = self.falling
        fpr, tpr, _ = metrics.roc_curve(scores.fake, scores.p_fake, drop_intermediate=False)
        return fpr, tpr

    @cached_property
    def log_losses(self) -> np.ndarray:
        """Negative logarithm of the probability given to the true label: shape (n,)."""
        least = np.finfo(np.float64).eps  # where scikit-learn's log_loss clips
        return -np.log(np.clip(np.where(self.fake, self.p_fake, 1 - self.p_fake), least, 1 - least))

    @cached_property
    def squared_errors(self) -> np.ndarray:
        """Squared difference between score and label: shape (n,)."""
        return (self.p_fake - self.fake) ** 2

    def take(self, rows: np.ndarray) -> "Scores":
        """Return the scores of `rows`, which may repeat."""
        return replace(self, fake=self.fake[rows], p_fake=self.p_fake[rows])
