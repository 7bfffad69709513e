"""The AUC, and what each case adds to its error."""

import numpy as np
from scipy.stats import rankdata


def auc_components(fake: np.ndarray, scores: np.ndarray) -> tuple[float, np.ndarray]:
    """AUC, and what each case adds to its error.

    The structural components of DeLong, DeLong and Clarke-Pearson (Biometrics 1988), by midranks as
    in Sun and Xu (IEEE Signal Processing Letters 2014): the share of reals below a fake, and of
    fakes above a real, ties as halves.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels, of both classes.
    scores : ndarray of float, shape (n,)
        Higher is more likely fake.

    Returns
    -------
    auc : float
    components : ndarray of float, shape (n,)
        Of mean 0 in each class, divided by the class's size: their sum over independent draws of
        cases varies as the AUC does.
    """
    m, n = fake.sum(), (~fake).sum()
    ranks = rankdata(scores)
    won = np.empty(fake.size)
    won[fake] = (ranks[fake] - rankdata(scores[fake])) / n
    won[~fake] = 1 - (ranks[~fake] - rankdata(scores[~fake])) / m
    auc = won[fake].mean()
    return float(auc), (won - auc) / np.where(fake, m, n)
