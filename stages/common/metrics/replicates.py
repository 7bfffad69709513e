"""Figures of many resamplings at once: each replicate gives every group a weight.

The same figures as in `stages.common.metrics.registry`, as functions of counts, so that a
thousand replicates of a million scores take seconds. A replicate in which a figure is undefined
is NaN there.
"""

import numpy as np
from scipy import sparse

from stages.common.metrics.calibration import bin_of
from stages.common.metrics.registry import PARTIAL_AUC, TPR_AT_FPR

GRID = 4096
"""Distinct scores that are kept apart; of more, equally many neighbours share one place."""


def replicate_metrics(
    fake: np.ndarray,
    p_fake: np.ndarray,
    threshold: float,
    ece_bins: int,
    group: np.ndarray,
    weights: np.ndarray,
) -> dict[str, np.ndarray]:
    """Every figure for every replicate.

    Parameters
    ----------
    fake, p_fake, threshold, ece_bins
        As in `stages.common.metrics.registry.figures`.
    group : ndarray of int, shape (n,)
        Number of each score's group, from 0.
    weights : ndarray of float, shape (replicates, groups)
        How often each replicate takes each group.

    Returns
    -------
    dict of str to ndarray of shape (replicates,)
        By name, NaN where undefined. Exact for up to `GRID` distinct scores.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return (
            _ranking(fake, p_fake, group, weights)
            | _decisions(fake, p_fake >= threshold, group, weights)
            | _probabilities(fake, p_fake, ece_bins, group, weights)
        )


def _counts(
    group: np.ndarray, place: np.ndarray, values: np.ndarray, weights: np.ndarray, places: int
) -> np.ndarray:
    """Weighted sum of `values` at each place, (replicates, places)."""
    shape = (weights.shape[1], places)
    return weights @ sparse.coo_array((values, (group, place)), shape=shape).tocsr()


def _place(p_fake: np.ndarray) -> np.ndarray:
    """Rank of each score among the distinct ones, or among `GRID` equally full places."""
    distinct, place, count = np.unique(p_fake, return_inverse=True, return_counts=True)
    if distinct.size > GRID:
        place = ((np.cumsum(count) - 1) * GRID // p_fake.size)[place]
    return place


def _ranking(
    fake: np.ndarray, p_fake: np.ndarray, group: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    place = _place(p_fake)
    falling = place.max() - place  # the highest score first, as an ROC curve runs
    places = int(falling.max()) + 1
    fakes = _counts(group, falling, fake.astype(np.float64), weights, places)
    reals = _counts(group, falling, (~fake).astype(np.float64), weights, places)
    hits, alarms = fakes.cumsum(axis=1), reals.cumsum(axis=1)
    precision = np.where(fakes > 0, hits / (hits + alarms), 0)
    start = np.zeros((len(weights), 1))
    tpr = np.hstack([start, hits / hits[:, -1:]])
    fpr = np.hstack([start, alarms / alarms[:, -1:]])
    area = np.hstack([start, (np.diff(fpr) * (tpr[:, 1:] + tpr[:, :-1]) / 2).cumsum(axis=1)])
    undefined = np.where((hits[:, -1] > 0) & (alarms[:, -1] > 0), 0.0, np.nan)
    found = {
        "auc": area[:, -1],
        **{name: _partial_auc(fpr, tpr, area, bound) for name, bound in PARTIAL_AUC.items()},
        "average_precision": (fakes * precision).sum(axis=1) / hits[:, -1],
        "equal_error_rate": _equal_error_rate(fpr, tpr),
        **{name: _at(tpr, _last_within(fpr, bound)) for name, bound in TPR_AT_FPR.items()},
    }
    return {name: values + undefined for name, values in found.items()}


def _at(curves: np.ndarray, position: np.ndarray) -> np.ndarray:
    """The value of each row at its own position."""
    return np.take_along_axis(curves, position[:, None], axis=1)[:, 0]


def _last_within(fpr: np.ndarray, bound: float) -> np.ndarray:
    """Position of each curve's last point whose false-positive rate does not pass `bound`."""
    return np.maximum((fpr <= bound).sum(axis=1) - 1, 0)


def _partial_auc(fpr: np.ndarray, tpr: np.ndarray, area: np.ndarray, bound: float) -> np.ndarray:
    """Standardised area up to a false-positive rate, as ``roc_auc_score(max_fpr=bound)``."""
    last = _last_within(fpr, bound)
    following = np.minimum(last + 1, fpr.shape[1] - 1)
    x, y = _at(fpr, last), _at(tpr, last)
    slope = (_at(tpr, following) - y) / (_at(fpr, following) - x)
    partial = _at(area, last) + (bound - x) * (y + slope * (bound - x) / 2)
    chance, perfect = bound**2 / 2, bound
    return (1 + (partial - chance) / (perfect - chance)) / 2


def _equal_error_rate(fpr: np.ndarray, tpr: np.ndarray) -> np.ndarray:
    excess = fpr - (1 - tpr)
    after = np.maximum(np.argmax(excess >= 0, axis=1), 1)
    below, above = _at(excess, after - 1), _at(excess, after)
    x = _at(fpr, after - 1)
    return x - below / (above - below) * (_at(fpr, after) - x)


def _decisions(
    fake: np.ndarray, called_fake: np.ndarray, group: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    outcome = 2 * fake + called_fake  # 0 rejected real, 1 false alarm, 2 missed fake, 3 hit
    counted = _counts(group, outcome, np.ones(fake.size), weights, 4)
    passed, alarms, missed, hits = counted.T
    recall = hits / (hits + missed)
    return {
        "accuracy": (hits + passed) / counted.sum(axis=1),
        "balanced_accuracy": (recall + passed / (passed + alarms)) / 2,
        "f1": 2 * hits / (2 * hits + alarms + missed),
        "precision": hits / (hits + alarms),
        "recall": recall,
    }


def _probabilities(
    fake: np.ndarray, p_fake: np.ndarray, ece_bins: int, group: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    least = np.finfo(np.float64).eps  # where scikit-learn's log_loss clips
    of_label = np.clip(np.where(fake, p_fake, 1 - p_fake), least, 1 - least)
    groups = weights.shape[1]

    def mean(values: np.ndarray) -> np.ndarray:
        return weights @ np.bincount(group, values, groups) / total

    total = weights @ np.bincount(group, minlength=groups)
    gaps = _counts(group, bin_of(p_fake, ece_bins), p_fake - fake, weights, ece_bins)
    return {
        "log_loss": mean(-np.log(of_label)),
        "brier": mean((p_fake - fake) ** 2),
        "ece": np.abs(gaps).sum(axis=1) / total,
    }
