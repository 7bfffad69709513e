"""Empirical lower and upper bounds on likelihood ratios (ELUB).

A validation set of limited size cannot show that a likelihood ratio of a million is right. A ratio
is borne out as far as whoever acts on it loses less by it than by ignoring the evidence (ratio 1),
at each prior at which it would decide, even if the next case of each class were as misleading as
can be. (Vergeer, van Es, de Jongh, Alberink and Stoel, Numerical likelihood ratios outputted by LR
systems are often based on extrapolation: when to stop extrapolating?, Science & Justice 56, 2016,
482-491.)
"""

import numpy as np


def elub(fake: np.ndarray, log_lr: np.ndarray) -> tuple[float, float]:
    """Compute the bounds within which the ratios of a validation set are borne out.

    Where the paper's curve, the normalised Bayes error rate, crosses 1 several times, the crossing
    next to a ratio of 1 counts.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels; both classes occur.
    log_lr : ndarray of float, shape (n,)
        Natural logarithms of the likelihood ratios of fake against real.

    Returns
    -------
    low, high : float
        Natural logarithms, at most 0 and at least 0.
    """
    return 0.0 - _upper(~fake, -log_lr), _upper(fake, log_lr)


def _upper(fake: np.ndarray, log_lr: np.ndarray) -> float:
    """Return the largest threshold, from 1 on, up to which the ratios beat a constant 1.

    With a misleading case added to each class, deciding for "fake" above a threshold t costs
    P(not above t | fake) + t P(above t | real), and never deciding so costs 1. The former is less
    as long as t is below P(above t | fake) / P(above t | real), which changes at the ratios alone.
    """
    steps = np.concatenate([[0.0], np.unique(log_lr[log_lr > 0])])
    fakes, reals = np.sort(log_lr[fake]), np.sort(log_lr[~fake])
    fakes_above = fakes.size - np.searchsorted(fakes, steps, side="right")
    reals_above = reals.size - np.searchsorted(reals, steps, side="right") + 1
    with np.errstate(divide="ignore"):  # above the largest ratio there is no fake
        limits = np.log(fakes_above / (fakes.size + 1)) - np.log(reals_above / (reals.size + 1))
    first = int(np.argmax(limits < np.append(steps[1:], np.inf)))
    return float(max(steps[first], limits[first]))
