"""Correction for multiple comparisons."""

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values (Holm, Scandinavian Journal of Statistics 1979).

    Parameters
    ----------
    p_values : ndarray of float, shape (n,)
        NaN marks a test that could not be computed; it does not count as a comparison.

    Returns
    -------
    ndarray of float, shape (n,)
        At most 1, NaN where `p_values` is.
    """
    adjusted = np.full(p_values.shape, np.nan)
    made = np.flatnonzero(~np.isnan(p_values))
    rising = made[np.argsort(p_values[made], kind="stable")]
    factors = np.arange(rising.size, 0, -1)
    adjusted[rising] = np.minimum(np.maximum.accumulate(factors * p_values[rising]), 1)
    return adjusted
