"""Overlap of boxes, and matching of two detectors' boxes by it."""

import numpy as np
from scipy.optimize import linear_sum_assignment


def iou_matrix(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Compute the intersection over union (IoU) of each pair of boxes.

    Parameters
    ----------
    first, second : ndarray of float, shapes (n, 4) and (m, 4)
        Left, top, width, height.

    Returns
    -------
    ndarray of float64, shape (n, m)
        In [0, 1]; 0 if both boxes are empty.
    """
    a, b = first[:, None], second[None]
    start = np.maximum(a[..., :2], b[..., :2])
    end = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    shared = np.prod(np.maximum(end - start, 0), axis=-1)
    union = np.prod(a[..., 2:], axis=-1) + np.prod(b[..., 2:], axis=-1) - shared
    # Rounding may make the IoU of equal boxes slightly greater than 1
    return np.minimum(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), 1)


def match(first: np.ndarray, second: np.ndarray, min_iou: float) -> list[tuple[int, int, float]]:
    """Match boxes that show the same face: the assignment with the greatest sum of IoU.

    Parameters
    ----------
    first, second : ndarray of float, shapes (n, 4) and (m, 4)
        Left, top, width, height.
    min_iou : float
        Minimum IoU of a pair.

    Returns
    -------
    list of (int, int, float)
        Index in `first`, index in `second`, IoU; each box occurs at most once.
    """
    iou = iou_matrix(first, second)
    # A pair below the minimum must not take a box away from a pair above it
    rows, columns = linear_sum_assignment(np.where(iou >= min_iou, iou, 0), maximize=True)
    return [
        (int(row), int(column), float(iou[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if iou[row, column] >= min_iou
    ]
