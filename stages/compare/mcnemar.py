"""McNemar's test of whether two models are right equally often."""

import numpy as np
from scipy.stats import binomtest


def mcnemar_test(first_right: np.ndarray, second_right: np.ndarray) -> float:
    """Two-sided exact p-value from the cases that only one of two models decides rightly.

    Parameters
    ----------
    first_right, second_right : ndarray of bool, shape (n,)
        Whether each model decides each case rightly.
    """
    only_first = int((first_right & ~second_right).sum())
    only_one = int((first_right ^ second_right).sum())
    return float(binomtest(only_first, only_one).pvalue) if only_one else 1.0
