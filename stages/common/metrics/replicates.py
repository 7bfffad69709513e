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
from stages.common.metrics.likelihood_ratio import (
    costs,
    log_likelihood_ratio,
    min_cllr_of_counts,
)
from stages.common.metrics.scores import Scores

GRID = 1024
"""Largest number of distinct scores; if there are more, they are binned with equal counts."""

_ROUNDING = 1e-12


class RocCurves(NamedTuple):
    """One ROC curve per replicate, with one column per distinct score, highest first.

    Attributes
    ----------
    fakes, reals : ndarray of float, shape (replicates, places)
        Numbers of fakes and reals at each score.
    hits, alarms : ndarray of float, shape (replicates, places)
        Numbers of fakes and reals at or above each score.
    """

    fakes: np.ndarray
    reals: np.ndarray
    hits: np.ndarray
    alarms: np.ndarray


class UnitCounts:
    """What each unit adds to the counts of a replicate; the same for all replicates.

    Exact for up to `GRID` distinct scores.

    Parameters
    ----------
    scores : Scores
        Labels and scores.
    unit : ndarray of int, shape (n,)
        Unit of each score, from 0; scores of a unit are always drawn together.
    """

    def __init__(self, scores: Scores, unit: np.ndarray) -> None:
        self.scores = scores
        self._unit = unit
        self._units = int(unit.max()) + 1

    @cached_property
    def _places(self) -> tuple[np.ndarray, bool]:
        _, place, count = np.unique(self.scores.p_fake, return_inverse=True, return_counts=True)
        binned = count.size > GRID
        if binned:
            place = ((np.cumsum(count) - 1) * GRID // place.size)[place]
        return place, binned

    @property
    def binned(self) -> bool:
        """Whether a place is several distinct scores."""
        return self._places[1]

    @cached_property
    def by_score(self) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Numbers of fakes and of reals at each distinct score, highest first."""
        place, _ = self._places
        falling = place.max() - place  # highest score first, as in an ROC curve
        fake, places = self.scores.fake, int(place.max()) + 1
        return (
            self._sums(falling, fake.astype(np.float32), places),
            self._sums(falling, (~fake).astype(np.float32), places),
        )

    @cached_property
    def outcomes(self) -> sparse.csr_array:
        """Numbers of true negatives, false positives, false negatives and true positives."""
        outcome = 2 * self.scores.fake + self.scores.called_fake
        return self._sums(outcome, np.ones(outcome.size), 4)

    @cached_property
    def calibration_gaps(self) -> sparse.csr_array:
        """Sum of P(fake) less label in each bin of the expected calibration error."""
        fake, p_fake, bins = self.scores.fake, self.scores.p_fake, self.scores.ece_bins
        return self._sums(bin_of(p_fake, bins), p_fake - fake, bins)

    @cached_property
    def size(self) -> np.ndarray:
        """Number of scores: ndarray of int, shape (units,)."""
        return np.bincount(self._unit, minlength=self._units)

    @cached_property
    def log_loss(self) -> np.ndarray:
        """Sum of `Scores.log_losses`: shape (units,)."""
        return self._sum(self.scores.log_losses)

    @cached_property
    def squared_error(self) -> np.ndarray:
        """Sum of `Scores.squared_errors`: shape (units,)."""
        return self._sum(self.scores.squared_errors)

    @cached_property
    def costs(self) -> tuple[np.ndarray, np.ndarray]:
        """Costs of the likelihood ratios of fakes and of reals, summed: each of shape (units,)."""
        fake = self.scores.fake
        of_label = costs(fake, log_likelihood_ratio(self.scores.p_fake, self.scores.prior))
        return self._sum(of_label * fake), self._sum(of_label * ~fake)

    def _sum(self, values: np.ndarray) -> np.ndarray:
        """Sum `values`, one per score: shape (units,)."""
        return np.bincount(self._unit, values, self._units)

    def rows_of(self, weight: np.ndarray) -> np.ndarray:
        """Positions of the scores of one replicate, those of a unit as often as it counts."""
        repeats = weight[self._unit].astype(np.int64)
        return np.repeat(np.arange(repeats.size), repeats)

    def _sums(self, column: np.ndarray, values: np.ndarray, columns: int) -> sparse.csr_array:
        """Sum `values`, one per score, by unit and column: shape (units, columns)."""
        shape = (self._units, columns)
        return sparse.coo_array((values, (self._unit, column)), shape=shape).tocsr()


class Replicates:
    """Resampled scores.

    Parameters
    ----------
    counts : UnitCounts
        Of the scores of a slice.
    weights : ndarray of float, shape (replicates, units)
        Count of each unit in each replicate; units without a score may follow.
    """

    def __init__(self, counts: UnitCounts, weights: np.ndarray) -> None:
        self.scores = counts.scores
        self._of_units = counts
        self._weights = weights[:, : counts.size.size]

    @cached_property
    def roc(self) -> RocCurves:
        """The ROC curve of every replicate."""
        # Float32 takes half the time, and holds whole numbers up to 16.7 million exactly. All that
        # follows runs along the rows, which therefore lie in memory one after the other
        weights = self._weights.astype(np.float32)
        fakes, reals = (
            np.ascontiguousarray(weights @ counts, np.float64) for counts in self._of_units.by_score
        )
        hits, alarms = fakes.cumsum(axis=1), reals.cumsum(axis=1)
        return RocCurves(fakes, reals, hits, alarms)

    @cached_property
    def one_class(self) -> np.ndarray:
        """Whether a replicate lacks fakes or reals: ndarray of bool, shape (replicates,)."""
        return (self.roc.hits[:, -1] == 0) | (self.roc.alarms[:, -1] == 0)

    @cached_property
    def decisions(self) -> np.ndarray:
        """True negatives, false positives, false negatives, true positives: (4, replicates)."""
        return (self._weights @ self._of_units.outcomes).T

    @cached_property
    def total(self) -> np.ndarray:
        """Number of scores in each replicate."""
        return self._weights @ self._of_units.size

    def auc(self) -> np.ndarray:
        """Area under the ROC curve."""
        return self._area(self.roc.hits.shape[1])

    def average_precision(self) -> np.ndarray:
        """Sum of precision over steps of recall."""
        fakes, reals, hits, alarms = self.roc
        if self._of_units.binned:  # half of a bin's scores are above the middle of it
            hits, alarms = hits - fakes / 2, alarms - reals / 2
        precision = np.where(fakes > 0, hits / (hits + alarms), 0)
        return np.einsum("ij,ij->i", fakes, precision) / self.roc.hits[:, -1]

    def equal_error_rate(self) -> np.ndarray:
        """Equal error rate, as in `stages.common.metrics.definitions.equal_error_rate`."""
        _, _, hits, alarms = self.roc
        fpr, missed = alarms / alarms[:, -1:], 1 - hits / hits[:, -1:]
        after = np.argmax(fpr >= missed, axis=1)
        below = _before(fpr, after) - _before(missed, after, start=1)
        above = _at(fpr, after) - _at(missed, after)
        x = _before(fpr, after)
        return x - below / (above - below) * (_at(fpr, after) - x)

    def tpr_within(self, bound: float) -> np.ndarray:
        """Highest true-positive rate at a false-positive rate of at most `bound`."""
        fakes, reals, hits, alarms = self.roc
        within = self._places_within(bound)
        found = _before(hits, within)
        if self._of_units.binned:  # a bin is many scores: the curve goes straight through it
            following = np.minimum(within, hits.shape[1] - 1)
            left = bound * alarms[:, -1] - _before(alarms, within)
            share = np.where(within < hits.shape[1], left / _at(reals, following), 0)
            found = found + share * _at(fakes, following)
        return found / hits[:, -1]

    def partial_auc(self, bound: float) -> np.ndarray:
        """Standardised partial AUC, as in ``sklearn.metrics.roc_auc_score(max_fpr=bound)``."""
        fakes, reals, hits, alarms = self.roc
        within = self._places_within(bound)
        following = np.minimum(within, hits.shape[1] - 1)
        x, y = (_before(counts, within) / counts[:, -1] for counts in (alarms, hits))
        rise = _at(fakes, following) / hits[:, -1], _at(reals, following) / alarms[:, -1]
        # Beyond the last place within, the curve goes straight to the following one
        slope = np.where(within < hits.shape[1], rise[0] / rise[1], np.nan)
        partial = self._area(within) + (bound - x) * (y + slope * (bound - x) / 2)
        chance, perfect = bound**2 / 2, bound
        return (1 + (partial - chance) / (perfect - chance)) / 2

    def _places_within(self, bound: float) -> np.ndarray:
        """Number of places up to which each false-positive rate is at most `bound`."""
        alarms = self.roc.alarms
        most = bound * alarms[:, -1:] * (1 + _ROUNDING)  # a bound that is met exactly is met
        return np.count_nonzero(alarms <= most, axis=1)

    def _area(self, places: int | np.ndarray) -> np.ndarray:
        """Area under the first `places` places of each ROC curve."""
        fakes, reals, hits = (counts[:, : np.max(places)] for counts in self.roc[:3])
        within = np.arange(hits.shape[1]) < np.reshape(places, (-1, 1))
        area = np.vecdot(np.where(within, reals, 0), hits - fakes / 2)
        return area / (self.roc.hits[:, -1] * self.roc.alarms[:, -1])

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
        return self._weights @ self._of_units.log_loss / self.total

    def brier(self) -> np.ndarray:
        """Mean squared difference between score and label."""
        return self._weights @ self._of_units.squared_error / self.total

    def calibration_error(self) -> np.ndarray:
        """ECE, as in `stages.common.metrics.calibration.expected_calibration_error`."""
        gaps = self._weights @ self._of_units.calibration_gaps
        return np.abs(gaps).sum(axis=1) / self.total

    def cllr(self) -> np.ndarray:
        """Cllr, as in `stages.common.metrics.likelihood_ratio`."""
        hits, alarms = self.roc.hits[:, -1], self.roc.alarms[:, -1]
        fakes, reals = (self._weights @ costs for costs in self._of_units.costs)
        return (fakes / hits + reals / alarms) / 2

    def min_cllr(self) -> np.ndarray:
        """Minimum Cllr, as in `stages.common.metrics.likelihood_ratio`."""
        return min_cllr_of_counts(self.roc.fakes[:, ::-1], self.roc.reals[:, ::-1])

    def one_by_one(self) -> Iterator[Scores]:
        """Yield the scores of each replicate, for metrics without a vectorised form."""
        for weight in self._weights:
            yield self.scores.take(self._of_units.rows_of(weight))


def _at(curves: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the value of each row of `curves` at that row's position."""
    return np.take_along_axis(curves, position[:, None], axis=1)[:, 0]


def _before(curves: np.ndarray, position: np.ndarray, start: float = 0) -> np.ndarray:
    """Return the value of each row just before that row's position; `start` before the first."""
    return np.where(position > 0, _at(curves, np.maximum(position - 1, 0)), start)
