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
    return min_cllr_of_counts(fakes, reals)


def min_cllr_of_counts(fakes: np.ndarray, reals: np.ndarray) -> float:
    """Compute `min_cllr` from numbers of fakes and of reals at each score, lowest score first.

    The best likelihood ratios come of the share of fakes fitted by isotonic regression (pool
    adjacent violators).
    """
    total = fakes + reals
    fakes, total = fakes[total > 0], total[total > 0]
    blocks = isotonic_regression(fakes / total, weights=total).blocks[:-1]
    fakes, total = np.add.reduceat(fakes, blocks), np.add.reduceat(total, blocks)
    f, r = fakes / fakes.sum(), (total - fakes) / (total - fakes).sum()
    return float(-(xlogy(f, f / (f + r)) + xlogy(r, r / (f + r))).sum() / (2 * np.log(2)))
