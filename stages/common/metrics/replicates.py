"""Compute metrics of many bootstrap replicates at once, each a vector of weights of units.

The counts and curves behind the metrics of `stages.common.metrics.definitions` are computed for all
replicates together, so that a thousand replicates of a million scores take seconds. Where a metric
is undefined, its value is NaN or infinite.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import sparse

from stages.common.metrics.calibration import bin_of
from stages.common.metrics.scores import Scores

GRID = 4096
"""Largest number of distinct scores; if there are more, they are binned with equal counts."""


class RocCurves(NamedTuple):
    """One ROC curve per replicate; the counts have one column per distinct score, highest first.

    Attributes
    ----------
    fakes, hits : ndarray of float, shape (replicates, places)
        Number of fakes at each score, and at or above it.
    alarms : ndarray of float, shape (replicates, places)
        Number of reals at or above each score.
    fpr, tpr, area : ndarray of float, shape (replicates, places + 1)
        Rates from 0 to 1, and the area under the curve up to each point.
    """

    fakes: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray
    fpr: np.ndarray
    tpr: np.ndarray
    area: np.ndarray


class Replicates:
    """The scores of a slice, resampled by unit; exact for up to `GRID` distinct scores.

    Parameters
    ----------
    scores : Scores
        Labels and scores.
    unit : ndarray of int, shape (n,)
        Unit of each score, from 0; scores of a unit are always drawn together.
    weights : ndarray of float, shape (replicates, units)
        Count of each unit in each replicate.
    """

    def __init__(self, scores: Scores, unit: np.ndarray, weights: np.ndarray) -> None:
        self.scores = scores
        self._unit = unit
        self._weights = weights

    @cached_property
    def roc(self) -> RocCurves:
        """The ROC curve of every replicate."""
        place = _place(self.scores.p_fake)
        falling = place.max() - place  # highest score first, as in an ROC curve
        places = int(falling.max()) + 1
        fakes = self._counts(falling, self.scores.fake.astype(np.float64), places)
        reals = self._counts(falling, (~self.scores.fake).astype(np.float64), places)
        hits, alarms = fakes.cumsum(axis=1), reals.cumsum(axis=1)
        start = np.zeros((len(fakes), 1))
        tpr = np.hstack([start, hits / hits[:, -1:]])
        fpr = np.hstack([start, alarms / alarms[:, -1:]])
        area = np.hstack([start, (np.diff(fpr) * (tpr[:, 1:] + tpr[:, :-1]) / 2).cumsum(axis=1)])
        return RocCurves(fakes, hits, alarms, fpr, tpr, area)

    @cached_property
    def one_class(self) -> np.ndarray:
        """Whether a replicate lacks fakes or reals: ndarray of bool, shape (replicates,)."""
        return (self.roc.hits[:, -1] == 0) | (self.roc.alarms[:, -1] == 0)

    @cached_property
    def decisions(self) -> np.ndarray:
        """True negatives, false positives, false negatives, true positives: (4, replicates)."""
        outcome = 2 * self.scores.fake + self.scores.called_fake
        return self._counts(outcome, np.ones(outcome.size), 4).T

    @cached_property
    def total(self) -> np.ndarray:
        """Number of scores in each replicate."""
        return self._weights @ np.bincount(self._unit, minlength=self._weights.shape[1])

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean over each replicate of `values`, one per score: shape (replicates,)."""
        units = self._weights.shape[1]
        return self._weights @ np.bincount(self._unit, values, units) / self.total

    def auc(self) -> np.ndarray:
        """Area under the ROC curve."""
        return self.roc.area[:, -1]

    def average_precision(self) -> np.ndarray:
        """Sum of precision over steps of recall."""
        fakes, hits, alarms = self.roc[:3]
        precision = np.where(fakes > 0, hits / (hits + alarms), 0)
        return (fakes * precision).sum(axis=1) / hits[:, -1]

    def equal_error_rate(self) -> np.ndarray:
        """Equal error rate, as in `stages.common.metrics.definitions.equal_error_rate`."""
        fpr, tpr = self.roc.fpr, self.roc.tpr
        excess = fpr - (1 - tpr)
        after = np.maximum(np.argmax(excess >= 0, axis=1), 1)
        below, above = _at(excess, after - 1), _at(excess, after)
        x = _at(fpr, after - 1)
        return x - below / (above - below) * (_at(fpr, after) - x)

    def tpr_within(self, bound: float) -> np.ndarray:
        """Highest true-positive rate at a false-positive rate of at most `bound`."""
        return _at(self.roc.tpr, _last_within(self.roc.fpr, bound))

    def partial_auc(self, bound: float) -> np.ndarray:
        """Standardised partial AUC, as in ``sklearn.metrics.roc_auc_score(max_fpr=bound)``."""
        fpr, tpr, area = self.roc.fpr, self.roc.tpr, self.roc.area
        last = _last_within(fpr, bound)
        following = np.minimum(last + 1, fpr.shape[1] - 1)
        x, y = _at(fpr, last), _at(tpr, last)
        slope = (_at(tpr, following) - y) / (_at(fpr, following) - x)
        partial = _at(area, last) + (bound - x) * (y + slope * (bound - x) / 2)
        chance, perfect = bound**2 / 2, bound
        return (1 + (partial - chance) / (perfect - chance)) / 2

    def accuracy(self) -> np.ndarray:
        """Share of correct decisions."""
        passed, _, _, hits = self.decisions
        return (hits + passed) / self.total

    def balanced_accuracy(self) -> np.ndarray:
        """Mean of the shares of correct decisions on fakes and on reals."""
        passed, alarms, _, _ = self.decisions
        return (self.recall() + passed / (passed + alarms)) / 2

    def f1(self) -> np.ndarray:
        """Harmonic mean of precision and recall."""
        _, alarms, missed, hits = self.decisions
        return 2 * hits / (2 * hits + alarms + missed)

    def precision(self) -> np.ndarray:
        """Share of fakes among the scores called fake."""
        _, alarms, _, hits = self.decisions
        return hits / (hits + alarms)

    def recall(self) -> np.ndarray:
        """Share of fakes that are called fake."""
        _, _, missed, hits = self.decisions
        return hits / (hits + missed)

    def log_loss(self) -> np.ndarray:
        """Mean negative logarithm of the probability given to the true label."""
        fake, p_fake = self.scores.fake, self.scores.p_fake
        least = np.finfo(np.float64).eps  # where scikit-learn's log_loss clips
        of_label = np.clip(np.where(fake, p_fake, 1 - p_fake), least, 1 - least)
        return self.mean(-np.log(of_label))

    def brier(self) -> np.ndarray:
        """Mean squared difference between score and label."""
        return self.mean((self.scores.p_fake - self.scores.fake) ** 2)

    def calibration_error(self) -> np.ndarray:
        """ECE, as in `stages.common.metrics.calibration.expected_calibration_error`."""
        fake, p_fake, bins = self.scores.fake, self.scores.p_fake, self.scores.ece_bins
        gaps = self._counts(bin_of(p_fake, bins), p_fake - fake, bins)
        return np.abs(gaps).sum(axis=1) / self.total

    def one_by_one(self) -> Iterator[Scores]:
        """Yield the scores of each replicate, for metrics without a vectorised form."""
        for weight in self._weights:
            repeats = weight[self._unit].astype(np.int64)
            yield self.scores.take(np.repeat(np.arange(repeats.size), repeats))

    def _counts(self, place: np.ndarray, values: np.ndarray, places: int) -> np.ndarray:
        """Sum `values` per column in each replicate: shape (replicates, places)."""
        shape = (self._weights.shape[1], places)
        return self._weights @ sparse.coo_array((values, (self._unit, place)), shape=shape).tocsr()


def _place(p_fake: np.ndarray) -> np.ndarray:
    """Return the rank of each score among the distinct ones, or its bin if there are too many."""
    distinct, place, count = np.unique(p_fake, return_inverse=True, return_counts=True)
    if distinct.size > GRID:
        place = ((np.cumsum(count) - 1) * GRID // p_fake.size)[place]
    return place


def _at(curves: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the value of each row of `curves` at that row's position."""
    return np.take_along_axis(curves, position[:, None], axis=1)[:, 0]


def _last_within(fpr: np.ndarray, bound: float) -> np.ndarray:
    """Return the position of each curve's last point with a rate of at most `bound`."""
    return np.maximum((fpr <= bound).sum(axis=1) - 1, 0)
