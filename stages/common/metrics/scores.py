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
    def roc(self) -> tuple[np.ndarray, np.ndarray]:
        """False- and true-positive rate at every distinct score, from 0 to 1."""
        fpr, tpr, _ = metrics.roc_curve(self.fake, self.p_fake, drop_intermediate=False)
        return fpr, tpr

    def take(self, rows: np.ndarray) -> "Scores":
        """Return the scores of `rows`, which may repeat."""
        return replace(self, fake=self.fake[rows], p_fake=self.p_fake[rows])
