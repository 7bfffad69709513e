"""Likelihood ratios of fake against real, and what they cost.

The log-likelihood-ratio cost Cllr is a proper scoring rule of evidence that is stated without a
prior: 0 for perfect evidence, 1 for none at all, above 1 for evidence that misleads. Its minimum
over all rising transformations of the scores is what the order of the scores alone costs; the
difference is what poor calibration adds (Brümmer and du Preez, Computer Speech & Language 2006).
"""

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import logit, xlogy

from stages.common.metrics.calibration import log_odds


def log_likelihood_ratio(p_fake: np.ndarray, prior: float) -> np.ndarray:
    """Convert calibrated probabilities to likelihood ratios, by Bayes' rule.

    Parameters
    ----------
    p_fake : ndarray of float
        Calibrated P(fake).
    prior : float
        Share of fakes that `p_fake` assumes, in (0, 1).

    Returns
    -------
    ndarray of float64, same shape
        Natural logarithm of P(score | fake) / P(score | real).
    """
    return log_odds(p_fake) - logit(prior)


def costs(fake: np.ndarray, log_lr: np.ndarray) -> np.ndarray:
    """Cost in bits of each likelihood ratio: 0 if it is sure of the true label, 1 if it is 1."""
    return np.logaddexp(0, np.where(fake, -log_lr, log_lr)) / np.log(2)


def cllr(fake: np.ndarray, log_lr: np.ndarray) -> float:
    """Log-likelihood-ratio cost: the mean cost of fakes and that of reals, averaged.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels; both classes occur.
    log_lr : ndarray of float, shape (n,)
        Natural logarithms of the likelihood ratios of fake against real; may be infinite.
    """
    bits = costs(fake, log_lr)
    return float((bits[fake].mean() + bits[~fake].mean()) / 2)


def min_cllr(fake: np.ndarray, scores: np.ndarray) -> float:
    """Lowest Cllr of any likelihood ratios that keep the order of the scores.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels; both classes occur.
    scores : ndarray of float, shape (n,)
        On any scale, higher for fake.
    """
    place = np.unique(scores, return_inverse=True)[1]
    fakes, reals = (np.bincount(place[of], minlength=place.max() + 1) for of in (fake, ~fake))
    return float(min_cllr_of_counts(fakes[None], reals[None])[0])


def min_cllr_of_counts(fakes: np.ndarray, reals: np.ndarray) -> np.ndarray:
    """Compute `min_cllr` of several sets of scores from their counts.

    The best likelihood ratios come of the share of fakes fitted by isotonic regression: neighbours
    that do not rise are pooled until all do (pool adjacent violators, Ayer et al., Annals of
    Mathematical Statistics 1955).

    Parameters
    ----------
    fakes, reals : ndarray, shape (sets, scores)
        Numbers of fakes and of reals at each score, lowest score first.

    Returns
    -------
    ndarray of float64, shape (sets,)
        Of a set that lacks a class, whose minimum is undefined, 0.
    """
    sets = np.repeat(np.arange(len(fakes)), fakes.shape[1])
    f, r = ((counts / counts.sum(axis=1, keepdims=True)).ravel() for counts in (fakes, reals))
    both = f + r
    some = both > 0  # never in a set that lacks a class: NaN
    if not some.any():
        return np.zeros(len(fakes))
    if not some.all():
        sets, f, r, both = sets[some], f[some], r[some], both[some]
    # All sets in one regression: a share is at most 1, so that a set lies above the one before
    first = isotonic_regression(f / both + 2 * sets, weights=both).blocks[:-1]
    f, r, sets = np.add.reduceat(f, first), np.add.reduceat(r, first), sets[first]
    bits = -(xlogy(f, f / (f + r)) + xlogy(r, r / (f + r))) / (2 * np.log(2))
    return np.bincount(sets, bits, len(fakes))
