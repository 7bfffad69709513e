"""Overlap of boxes."""

import numpy as np


def iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Compute the intersection over union (IoU) of boxes.

    Parameters
    ----------
    first, second : ndarray of float, shape (..., 4)
        Left, top, width, height; the other axes are broadcast.

    Returns
    -------
    ndarray of float64, shape (...)
        In [0, 1]; 0 if both boxes are empty.
    """
    start = np.maximum(first[..., :2], second[..., :2])
    end = np.minimum(first[..., :2] + first[..., 2:], second[..., :2] + second[..., 2:])
    shared = np.prod(np.maximum(end - start, 0), axis=-1)
    union = np.prod(first[..., 2:], axis=-1) + np.prod(second[..., 2:], axis=-1) - shared
    # Rounding may make the IoU of equal boxes slightly greater than 1
    return np.minimum(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), 1)
