"""McNemar's test of whether two models have the same accuracy."""

import numpy as np
from scipy.stats import binomtest


def mcnemar_test(first_right: np.ndarray, second_right: np.ndarray) -> float:
    """Exact two-sided p-value from the cases that only one of two models classifies correctly.

    Parameters
    ----------
    first_right, second_right : ndarray of bool, shape (n,)
        Whether each model classifies each case correctly.
    """
    only_first = int((first_right & ~second_right).sum())
    only_one = int((first_right ^ second_right).sum())
    return float(binomtest(only_first, only_one).pvalue) if only_one else 1.0
