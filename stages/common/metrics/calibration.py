"""Calibration of probabilities: Platt scaling, priors and reliability."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit

LOWEST = 1e-6
"""Minimum distance of a score from 0 and 1: the last decimal that the score tables store."""

_FLATTEST = 0.01
"""Minimum slope for standardised logits; a positive slope preserves the order of the scores."""


def probability(odds: np.ndarray) -> np.ndarray:
    """Convert log odds to P(fake), as the score tables store it.

    Parameters
    ----------
    odds : ndarray of float
        Log odds of fake.

    Returns
    -------
    ndarray of float64, same shape
        In [1e-6, 1 - 1e-6] and rounded to six decimals, so that every metric can be recomputed
        from the stored tables.
    """
    p_fake = expit(np.asarray(odds, np.float64))
    return np.clip(np.round(p_fake, 6), LOWEST, 1 - LOWEST)


def log_odds(p_fake: np.ndarray) -> np.ndarray:
    """Convert probabilities to logits, clipped so that 0 and 1 stay finite."""
    return logit(np.clip(p_fake, LOWEST, 1 - LOWEST))


def at_prior(p_fake: np.ndarray, old: float, new: float) -> np.ndarray:
    """Adjust probabilities to another share of fakes, by adding a constant to their log odds.

    By Bayes' rule, the log odds are those of the prior plus the evidence, which is unchanged
    (Saerens et al., Neural Computation 2002).

    Parameters
    ----------
    p_fake : ndarray of float
        P(fake) under the prior `old`.
    old, new : float
        Share of fakes that the probabilities assume, before and after; in (0, 1).
    """
    return expit(log_odds(p_fake) + logit(new) - logit(old))


def fit_platt(logits: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """Fit the slope and bias that minimise the log-loss on labels (Platt 1999).

    As in Platt's paper, the labels are smoothed, to (n1 + 1) / (n1 + 2) for fakes and 1 / (n0 + 2)
    for reals: otherwise, scores that happen to separate a small validation set would be mapped to
    certainty. The problem is convex and solved on standardised logits; Platt's own algorithm may
    not converge (Lin et al., Machine Learning 2007).

    Parameters
    ----------
    logits : ndarray of float, shape (n,)
        Log odds of fake, on any scale.
    fake : ndarray of bool, shape (n,)
        Labels; both classes occur.

    Returns
    -------
    slope : float
        Positive, at least 0.01 for standardised logits, so that the order of the scores is kept.
    bias : float
        P(fake) is the sigmoid of ``slope * logit + bias``, for the share of fakes in `fake`.
    """
    fakes, reals = fake.sum(), (~fake).sum()
    target = np.where(fake, (fakes + 1) / (fakes + 2), 1 / (reals + 2))
    logits = np.asarray(logits, np.float64)
    centre, spread = logits.mean(), logits.std() or 1.0
    standard = (logits - centre) / spread

    def cross_entropy(line: np.ndarray) -> tuple[float, np.ndarray]:
        odds = line[0] * standard + line[1]
        loss = np.logaddexp(0, odds) - target * odds
        error = expit(odds) - target
        return loss.mean(), np.array([(error * standard).mean(), error.mean()])

    found = minimize(
        cross_entropy,
        [1.0, logit(target.mean())],
        jac=True,
        method="L-BFGS-B",
        bounds=[(_FLATTEST, None), (None, None)],
        options={"ftol": 1e-15, "gtol": 1e-9},
    )
    slope = found.x[0] / spread
    return float(slope), float(found.x[1] - slope * centre)


def bin_of(p_fake: np.ndarray, bins: int) -> np.ndarray:
    """Return the index of the bin, of `bins` equally wide ones in [0, 1], of each probability."""
    return np.minimum((p_fake * bins).astype(np.int64), bins - 1)


def reliability(fake: np.ndarray, p_fake: np.ndarray, bins: int) -> pd.DataFrame:
    """Compute the reliability curve: the share of fakes per bin of scores, without empty bins.

    Returns
    -------
    DataFrame
        ``bin`` (from 0), ``count``, ``predicted`` (mean score) and ``observed`` (share of fakes).
    """
    scored = pd.DataFrame({"bin": bin_of(p_fake, bins), "predicted": p_fake, "observed": fake})
    of_bin = scored.groupby("bin")
    return of_bin.mean().assign(count=of_bin.size()).reset_index()


def expected_calibration_error(fake: np.ndarray, p_fake: np.ndarray, bins: int) -> float:
    """Mean gap between score and share of fakes over equally wide bins, weighted by count.

    The scores are P(fake), as in a reliability diagram (Naeini et al., AAAI 2015), not the
    confidence in the predicted class.
    """
    gaps = np.bincount(bin_of(p_fake, bins), p_fake - fake)
    return float(np.abs(gaps).sum() / fake.size)
