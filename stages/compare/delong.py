"""DeLong's test of whether two scores rank the same items equally well."""

import numpy as np
from scipy.stats import norm, rankdata


def delong_covariance(fake: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUCs of several models on the same cases, and their covariance.

    DeLong, DeLong and Clarke-Pearson (Biometrics 1988), with the midranks of Sun and Xu (IEEE
    Signal Processing Letters 2014). Cases are assumed to be independent.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels; at least two of each class.
    scores : ndarray of float, shape (models, n)
        Higher is more likely fake.

    Returns
    -------
    auc : ndarray of float, shape (models,)
    covariance : ndarray of float, shape (models, models)
    """
    fakes, reals = scores[:, fake], scores[:, ~fake]
    m, n = fakes.shape[1], reals.shape[1]
    ranks = rankdata(np.hstack([fakes, reals]), axis=1)
    # Share of reals below each fake, and of fakes above each real; ties count as half
    above = (ranks[:, :m] - rankdata(fakes, axis=1)) / n
    below = 1 - (ranks[:, m:] - rankdata(reals, axis=1)) / m
    covariance = np.atleast_2d(np.cov(above)) / m + np.atleast_2d(np.cov(below)) / n
    return above.mean(axis=1), covariance


def delong_test(fake: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Two-sided p-value for equal AUCs of two models on the same cases.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels.
    first, second : ndarray of float, shape (n,)
        Scores of the same cases.

    Returns
    -------
    float
        1 if both rank the cases alike; NaN if a class has fewer than two cases, or if the AUCs
        differ but the variance of their difference is zero.
    """
    if min(fake.sum(), (~fake).sum()) < 2:
        return float("nan")
    auc, covariance = delong_covariance(fake, np.stack([first, second]))
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = auc[0] - auc[1]
    if variance <= 1e-15:
        return 1.0 if abs(difference) < 1e-12 else float("nan")
    return float(2 * norm.sf(abs(difference) / np.sqrt(variance)))
