"""The interface of face detectors.

A detector is a module in ``detectors/``, named as in params.yaml. It defines

``Params``
    its section of params.yaml, below ``detect``;
``VERSIONS``
    the groups of versions.yaml whose libraries affect its boxes;
``ON_GPU``
    whether it uses a GPU if the machine has one;
``make(params)``
    a function that returns the detector, a callable from frames to `Detections`.

Detectors are imported by name, so that a change in one detector does not re-run the others.
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
_LOCK = Lock()


@dataclass(frozen=True)
class Detections:
    """The faces of one frame, most confident first.

    Attributes
    ----------
    boxes : ndarray of float64, shape (n, 4)
        Left, top, width and height in pixels of the frame. All detectors give squares from the
        brows to the chin, like dlib's HOG detector for a frontal face; a detector with another
        convention converts its boxes. A box may extend beyond the frame's border.
    confidences : ndarray of float64, shape (n,)
        Higher is more confident; the scale depends on the detector.
    landmarks : ndarray of float64, shape (n, 5, 2)
        Points x, y in the order of `stages.common.tables.detections.LANDMARKS`; NaN if the
        detector finds none.
    """

    boxes: np.ndarray
    confidences: np.ndarray
    landmarks: np.ndarray


Detector = Callable[[Iterable[np.ndarray]], list[Detections]]
"""Maps frames, RGB uint8 of shape (height, width, 3) and any sizes, to one `Detections` each.

The result for a frame does not depend on the other frames of the call. Frames are consumed one by
one, so that a long clip need not be decoded into memory as a whole.
"""


def detections(
    boxes: ArrayLike, confidences: ArrayLike, landmarks: ArrayLike | None = None
) -> Detections:
    """Sort faces by confidence, then position, and round them to a hundredth of a pixel.

    Rounding removes differences between CPUs in the last digits. It is done here so that serving
    crops the same pixels as the pipeline.
    """
    boxes = np.round(np.asarray(boxes, np.float64).reshape(-1, 4), _DECIMALS)
    confidences = np.round(np.asarray(confidences, np.float64).reshape(-1), 2 * _DECIMALS)
    if landmarks is None:
        landmarks = np.full((len(boxes), 5, 2), np.nan)
    landmarks = np.round(np.asarray(landmarks, np.float64), _DECIMALS)
    order = np.lexsort((boxes[:, 1], boxes[:, 0], -confidences))
    return Detections(boxes[order], confidences[order], landmarks[order])


def load_detector(name: str, params: Section) -> Detector:
    """Return detector `name`, built once per process and shared by all its threads."""
    with _LOCK:
        return _cached_detector(name, params)


@cache
def _cached_detector(name: str, params: Section) -> Detector:
    return find("detector", name, DETECTORS).make(params)
