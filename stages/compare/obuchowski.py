"""Obuchowski's test of whether two scores rank the same items equally well, in clusters."""

import numpy as np
from scipy.stats import t

from stages.common.metrics.clusters import Clusters


def clustered_variance(fake: np.ndarray, components: np.ndarray, clusters: Clusters) -> float:
    """Variance of an AUC, or of a difference of AUCs, whose cases come in clusters.

    Obuchowski (Biometrics 1997, "Nonparametric analysis of clustered ROC curve data"): components
    are added up in each cluster before they are squared; clusters that hold one case each give
    DeLong's variance. Fakes that have a donor are in two clusters. What pairs of clusters share is
    then counted twice, and taken off once (Cameron, Gelbach and Miller, Journal of Business &
    Economic Statistics 2011; for one population Aronow, Samii and Assenova, Political Analysis
    2015).

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels.
    components : ndarray of float, shape (n,)
        Of `auc_components`, or the difference of two scores' components.
    clusters : Clusters
        Of the same cases.
    """
    of_fakes, of_reals = (clusters.sums(np.where(cases, components, 0)) for cases in (fake, ~fake))
    whole = (
        _unbiased(fake, clusters) * of_fakes @ of_fakes
        + _unbiased(~fake, clusters) * of_reals @ of_reals
        + 2 * _unbiased(np.ones_like(fake), clusters) * of_fakes @ of_reals
    )
    of_pairs = clusters.pair_sums(components)
    # At most half of it is counted twice: no effect of a person has less variance than none
    return float(clusters.inflation * max(whole - of_pairs @ of_pairs, whole / 2))


def _unbiased(cases: np.ndarray, clusters: Clusters) -> float:
    """I / (I - 1) of the I clusters that hold some of `cases`."""
    count = np.count_nonzero(clusters.sums(cases.astype(np.float64)))
    return float(count / (count - 1))


def obuchowski_test(
    fake: np.ndarray,
    first: tuple[float, np.ndarray],
    second: tuple[float, np.ndarray],
    clusters: Clusters,
) -> float:
    """Two-sided p-value of equal AUCs of two scores of the same cases.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels, of both classes.
    first, second : tuple of float and ndarray of shape (n,)
        AUC and components of two scores of the same cases, from `auc_components`.
    clusters : Clusters
        Of the same cases; Student's t has one degree of freedom less than their `count`.

    Returns
    -------
    float
        1 where both rank alike, NaN where a class is in fewer than two clusters or the difference
        does not vary.
    """
    held = (clusters.sums(cases.astype(np.float64)) for cases in (fake, ~fake))
    if min(np.count_nonzero(sums) for sums in held) < 2:
        return float("nan")
    (auc, components), (other, others) = first, second
    difference = auc - other
    variance = clustered_variance(fake, components - others, clusters)
    if variance <= 1e-15:
        return 1.0 if abs(difference) < 1e-12 else float("nan")
    return float(2 * t.sf(abs(difference) / np.sqrt(variance), clusters.count - 1))
