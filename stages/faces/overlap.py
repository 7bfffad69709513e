"""Matching of two detectors' boxes by their overlap."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from stages.common.overlap import iou


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
        Index in `first`, index in `second`, IoU; each box occurs at most once.
    """
    overlaps = iou(first[:, None], second[None])
    # A pair below the minimum must not take a box away from a pair above it
    rows, columns = linear_sum_assignment(np.where(overlaps >= min_iou, overlaps, 0), maximize=True)
    return [
        (int(row), int(column), float(overlaps[row, column]))
        for row, column in zip(rows, columns, strict=True)
        if overlaps[row, column] >= min_iou
    ]
