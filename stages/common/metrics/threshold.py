"""The threshold of a decision, chosen on validation scores."""

import numpy as np
from sklearn.metrics import roc_curve


def choose_threshold(fake: np.ndarray, p_fake: np.ndarray, max_false_positive_rate: float) -> float:
    """Choose the threshold with the best balanced accuracy within a limit on false positives.

    Scores at or above the threshold are called fake. Candidates lie halfway between neighbouring
    scores; of equally good ones, the one nearest to 0.5 is chosen.

    Parameters
    ----------
    fake : ndarray of bool, shape (n,)
        Labels; both classes occur.
    p_fake : ndarray of float, shape (n,)
        Scores in [0, 1), as stored in the score tables.
    max_false_positive_rate : float
        Largest share of reals that may be called fake, in [0, 1]; 1 means no limit.

    Returns
    -------
    float
        In (0, 1].
    """
    false_positive, true_positive, scores = roc_curve(fake, p_fake, drop_intermediate=False)
    # At the first point nothing is called fake, at the last everything
    scores = np.concatenate([[1.0], scores[1:], [0.0]])
    upper, lower = scores[:-1], scores[1:]
    halfway = np.where(lower < upper, (upper + lower) / 2, upper)
    gain = np.where(
        false_positive <= max_false_positive_rate, true_positive - false_positive, -np.inf
    )
    best = np.flatnonzero(np.isclose(gain, gain.max(), rtol=0, atol=1e-12))
    return float(halfway[best[np.argmin(np.abs(halfway[best] - 0.5))]])
