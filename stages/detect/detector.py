"""The interface of face detectors.

A detector is a file in ``detectors/``, called as it is in params.yaml, that holds

``Params``
    its section of params.yaml, below ``detect``;
``VERSIONS``
    the groups of versions.yaml whose libraries change its boxes;
``ON_GPU``
    whether it takes a GPU where the machine has one;
``make(params)``
    the detector, a callable from frames to `Detections`.

It is imported by name, so that a change in one detector makes no other's boxes again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike

from stages.common.params import Section
from stages.common.registry import Modules, find

DETECTORS = Modules("stages.detect.detectors")

_DECIMALS = 2
_MAKING = Lock()


@dataclass(frozen=True)
class Detections:
    """Faces of one frame, most confident first.

    Attributes
    ----------
    boxes : ndarray of float64, shape (n, 4)
        Left, top, width and height in pixels of the frame: squares from the brows to the chin, as
        dlib's HOG detector frames a frontal face, whichever detector it is. One that frames faces
        otherwise converts its boxes. A box may reach over the frame's border.
    confidences : ndarray of float64, shape (n,)
        Higher is surer; the scale is the detector's own.
    landmarks : ndarray of float64, shape (n, 5, 2)
        Points x, y in the order of `stages.common.tables.detections.LANDMARKS`; NaN where the
        detector has none.
    """

    boxes: np.ndarray
    confidences: np.ndarray
    landmarks: np.ndarray


Detector = Callable[[Iterable[np.ndarray]], list[Detections]]
"""Frames, RGB, uint8, shape (height, width, 3) each, of any sizes; one `Detections` a frame.

What a frame gets does not depend on the other frames of the call. Frames are taken one by one, so
that a long clip need not be held decoded.
"""


def detections(
    boxes: ArrayLike, confidences: ArrayLike, landmarks: ArrayLike | None = None
) -> Detections:
    """Order faces by confidence, then place, and round them to a hundredth of a pixel.

    Rounding hides what another kind of CPU does in the last digits, and is done here so that
    serving crops at the same pixels as the pipeline does.
    """
    boxes = np.round(np.asarray(boxes, np.float64).reshape(-1, 4), _DECIMALS)
    confidences = np.round(np.asarray(confidences, np.float64).reshape(-1), 2 * _DECIMALS)
    if landmarks is None:
        landmarks = np.full((len(boxes), 5, 2), np.nan)
    landmarks = np.round(np.asarray(landmarks, np.float64), _DECIMALS)
    order = np.lexsort((boxes[:, 1], boxes[:, 0], -confidences))
    return Detections(boxes[order], confidences[order], landmarks[order])


def load_detector(name: str, params: Section) -> Detector:
    """Detector `name` with checked parameters, made once a process, for all of its threads."""
    with _MAKING:
        return _made(name, params)


@cache
def _made(name: str, params: Section) -> Detector:
    return find("detector", name, DETECTORS).make(params)
