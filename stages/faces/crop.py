"""Crop faces from frames."""

import cv2
import numpy as np

from stages.common.similarity import similarity
from stages.common.tables.detections import TEMPLATE
from stages.faces.params import Crop

BOX_SIDE, BOX_CENTRE = 0.82, 0.5 + 0.64j
"""Side and centre (x + iy) of the detectors' box in the square of `TEMPLATE`, so that aligned and
upright crops show the same part of a face. Medians over the clips of `bench.boxes`
(docs/benchmarks.md)."""


def cut_out(frame: np.ndarray, box: np.ndarray, landmarks: np.ndarray, crop: Crop) -> np.ndarray:
    """Crop a square around a face; beyond the frame's border, the edge pixels are repeated.

    Parameters
    ----------
    frame : ndarray of uint8, shape (height, width, 3)
        The stored frame.
    box : ndarray of float, shape (4,)
        Left, top, width, height in pixels.
    landmarks : ndarray of float, shape (5, 2)
        Points x, y in pixels. If any is NaN, the crop is not aligned.
    crop : Crop
        Side of the crop relative to the box's, and whether to align.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3)
        In the frame's colour order. Without alignment, the frame's own pixels around the box's
        centre; with alignment, the frame rotated and scaled (bilinear) at about its resolution.
    """
    matrix, side = placement(box, landmarks, crop)
    if _aligns(landmarks, crop):
        return cv2.warpAffine(
            frame, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    height, width = frame.shape[:2]
    left, top = -matrix[:, 2].astype(int)
    if left >= 0 and top >= 0 and left + side <= width and top + side <= height:
        return frame[top : top + side, left : left + side].copy()  # same result, six times as fast
    columns = np.clip(np.arange(left, left + side), 0, width - 1)
    rows = np.clip(np.arange(top, top + side), 0, height - 1)
    return frame[rows[:, None], columns]


def placement(box: np.ndarray, landmarks: np.ndarray, crop: Crop) -> tuple[np.ndarray, int]:
    """Return where a crop lies in its frame; the parameters are those of `cut_out`.

    Returns
    -------
    matrix : ndarray of float64, shape (2, 3)
        From points (x, y, 1) in pixels of the frame to x, y in pixels of the crop.
    side : int
        Side of the crop in pixels.
    """
    if not _aligns(landmarks, crop):
        side = max(1, round(max(box[2:]) * crop.scale))
        left, top = np.round(box[:2] + box[2:] / 2 - side / 2)
        return np.array([[1, 0, -left], [0, 1, -top]]), side
    turn, shift = similarity(landmarks, TEMPLATE)
    shown = crop.scale * BOX_SIDE  # side of the crop in the template
    side = max(1, round(shown / abs(turn)))
    turn = turn * side / shown
    shift = (shift - BOX_CENTRE) * side / shown + side * (0.5 + 0.5j)
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]), side


def _aligns(landmarks: np.ndarray, crop: Crop) -> bool:
    return crop.align and bool(np.isfinite(landmarks).all())
