"""Landmarks of a face: of a predictor's file, of its detector, or a mean face's in its box."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import dlib
import numpy as np

from stages.common.errors import InputError
from stages.common.md5 import require_md5
from stages.common.tables.detections import TEMPLATE
from stages.common.tables.faces import landmarks_text
from stages.faces.crop import BOX_CENTRE, BOX_SIDE
from stages.faces.params import Landmarks

PREDICTED = 68

Predictor = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From a picture, RGB uint8 of shape (height, width, 3), and the box of a face in it (left, top,
width, height in pixels) to 68 points x, y in pixels, float64 of shape (68, 2)."""


@cache
def load_predictor(params: Landmarks) -> Predictor | None:
    """Load the file of dlib's shape predictor; None if none is named.

    Source of the method: Kazemi and Sullivan, One Millisecond Face Alignment with an Ensemble of
    Regression Trees, CVPR 2014.

    Raises
    ------
    InputError
        The file cannot be read, has another MD5, or predicts other points.
    """
    if not params.predictor:
        return None
    require_md5(Path(params.predictor), params.md5, "faces.landmarks.predictor")
    try:
        shape_of = dlib.shape_predictor(params.predictor)
        count = shape_of(np.zeros((8, 8, 3), np.uint8), dlib.rectangle(0, 0, 7, 7)).num_parts
    except RuntimeError as error:
        raise InputError(f"{params.predictor} is no shape predictor: {error}") from None
    if count != PREDICTED:
        raise InputError(f"{params.predictor} predicts {count} points, not {PREDICTED}")

    def predict(picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        left, top, right, bottom = np.rint([*box[:2], *(box[:2] + box[2:] - 1)]).astype(int)
        parts = shape_of(
            np.ascontiguousarray(picture), dlib.rectangle(*map(int, (left, top, right, bottom)))
        ).parts()
        return np.array([[part.x, part.y] for part in parts], float)

    return predict


def locate(
    picture: np.ndarray, box: np.ndarray, detected: np.ndarray, predictor: Predictor | None
) -> tuple[np.ndarray, str]:
    """Find the landmarks of a face in the best way that there is.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        RGB.
    box : ndarray of float, shape (4,)
        Left, top, width, height in pixels, by the detectors' convention.
    detected : ndarray of float, shape (5, 2)
        The detector's points x, y in pixels; NaN if it has none.
    predictor : callable, optional
        As of `load_predictor`.

    Returns
    -------
    points : ndarray of float, shape (5, 2) or (68, 2)
        In pixels of the picture.
    source : {"predictor", "detector", "box"}
        Where they are from, as in the face table.
    """
    if predictor is not None:
        return predictor(picture, box), "predictor"
    if np.isfinite(detected).all():
        return detected, "detector"
    return in_box(box), "box"


def in_box(box: np.ndarray) -> np.ndarray:
    """Place the five points of a mean frontal face in a box: float64, shape (5, 2)."""
    relative = (TEMPLATE - [BOX_CENTRE.real, BOX_CENTRE.imag]) / BOX_SIDE
    return box[:2] + box[2:] / 2 + relative * box[2:]


def columns(points: np.ndarray, source: str, to_crop: np.ndarray) -> tuple[str, str]:
    """Return a face's ``landmarks`` and ``landmarks_from`` for the face table.

    Parameters
    ----------
    points : ndarray of float, shape (n, 2)
        In pixels of the picture that the crop was cut from.
    source : str
        As of `locate`.
    to_crop : ndarray of float, shape (2, 3)
        As of `stages.faces.crop.placement`.
    """
    in_crop = points @ to_crop[:, :2].T + to_crop[:, 2]
    return landmarks_text(in_crop), source
