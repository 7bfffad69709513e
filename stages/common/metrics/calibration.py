"""Calibration of probabilities: temperature scaling and reliability."""

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

LOWEST = 1e-6
"""Minimum distance of a score from 0 and 1: the last decimal that the score tables store."""

_TEMPERATURES = (0.05, 20.0)


def probability(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Convert logits to P(fake), as the score tables store it.

    Parameters
    ----------
    logits : ndarray of float
        Log odds of fake.
    temperature : float
        Divides the logits; above 1 it takes confidence away.

    Returns
    -------
    ndarray of float64, same shape
        In [1e-6, 1 - 1e-6] and rounded to six decimals, so that every metric can be recomputed
        from the stored tables.
    """
    p_fake = expit(np.asarray(logits, np.float64) / temperature)
    return np.clip(np.round(p_fake, 6), LOWEST, 1 - LOWEST)


def log_odds(p_fake: np.ndarray) -> np.ndarray:
    """Convert probabilities to logits, clipped so that 0 and 1 stay finite."""
    return logit(np.clip(p_fake, LOWEST, 1 - LOWEST))


def fit_temperature(logits: np.ndarray, fake: np.ndarray) -> float:
    """Fit the temperature that minimises the log-loss on labels (Guo et al., ICML 2017).

    The labels are softened as Platt (1999) did, (n1 + 1) / (n1 + 2) for fakes and 1 / (n0 + 2)
    for reals: scores that happen to separate a small validation set would ask for a temperature
    of 0, that is, for certainty.

    Parameters
    ----------
    logits : ndarray of float, shape (n,)
        Log odds of fake.
    fake : ndarray of bool, shape (n,)
        Labels; both classes occur.

    Returns
    -------
    float
        In [0.05, 20], rounded to four decimals.
    """
    fakes, reals = fake.sum(), (~fake).sum()
    target = np.where(fake, (fakes + 1) / (fakes + 2), 1 / (reals + 2))

    def cross_entropy(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        return float(np.mean(np.logaddexp(0, scaled) - target * scaled))

    found = minimize_scalar(cross_entropy, bounds=np.log(_TEMPERATURES), method="bounded")
    return round(float(np.exp(found.x)), 4)


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
    curve = reliability(fake, p_fake, bins)
    gaps = (curve["predicted"] - curve["observed"]).abs()
    return float((gaps * curve["count"]).sum() / curve["count"].sum())
