"""Align points with others."""

import numpy as np


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[complex, complex]:
    """Fit the rotation, scale and shift that map `source` to `target`, by least squares.

    Parameters
    ----------
    source, target : ndarray of float, shape (n, 2)
        Points x, y.

    Returns
    -------
    (complex, complex)
        ``a`` and ``b`` of ``z -> a z + b`` on points ``x + iy``.
    """
    z, w = (points @ [1, 1j] for points in (source, target))
    centred = z - z.mean()
    turn = np.vdot(centred, w - w.mean()) / np.vdot(centred, centred).real
    return turn, w.mean() - turn * z.mean()
