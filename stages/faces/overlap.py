"""How far boxes overlap, and which boxes of two detectors are the same face."""

import numpy as np
from scipy.optimize import linear_sum_assignment


def iou_matrix(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of each pair of boxes.

    Parameters
    ----------
    first, second : ndarray of float, shapes (n, 4) and (m, 4)
        Left, top, width, height.

    Returns
    -------
    ndarray of float64, shape (n, m)
        In [0, 1]; 0 where both boxes are empty.
    """
    a, b = first[:, None], second[None]
    start = np.maximum(a[..., :2], b[..., :2])
    end = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    shared = np.prod(np.maximum(end - start, 0), axis=-1)
    union = np.prod(a[..., 2:], axis=-1) + np.prod(b[..., 2:], axis=-1) - shared
    # Rounding may leave two equal boxes a hair above 1
    return np.minimum(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), 1)


def match(first: np.ndarray, second: np.ndarray, min_iou: float) -> list[tuple[int, int, float]]:
    """Pairs of boxes that show the same face: the assignment with the greatest sum of IoU.

    Parameters
    ----------
    first, second : ndarray of float, shapes (n, 4) and (m, 4)
        Left, top, width, height.
    min_iou : float
        Pairs that overlap less are none.

    Returns
    -------
    list of (int, int, float)
        IndexParams in `first`, index in `second`, IoU; each box at most once.
    """
    iou = iou_matrix(first, second)
    # Pairs below the bound must not draw a box away from one above it
    rows, columns = linear_sum_assignment(np.where(iou >= min_iou, iou, 0), maximize=True)
    return [
        (int(row), int(column), float(iou[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if iou[row, column] >= min_iou
    ]
