"""dlib's detectors: HOG with a linear classifier by default, or its CNN if weights are given.

Source of the methods: King, Max-Margin Object Detection, 2015 (arXiv 1502.00046), and dlib's
own examples ``face_detector.py`` and ``cnn_face_detector.py``.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import cv2
import dlib
import numpy as np
from pydantic import Field

from stages.common.errors import InputError
from stages.common.md5 import MD5, require_md5
from stages.common.numbers import PositiveFraction
from stages.common.params import Section
from stages.detect.detector import Detections, Detector, detections

VERSIONS = ("media", "dlib")
ON_GPU = False  # the wheel is built for CPUs

_HOG_FACE, _CNN_FACE = 80, 40  # px, the smallest face that each was trained to find
_MAX_PIXELS = 2**23  # of a scaled frame; a thin strip must not grow without bound
_MAX_LENGTH = 2**15  # px of a side; above some 60,000, dlib writes beyond its memory


class Params(Section):
    """``detect.dlib`` of params.yaml.

    Attributes
    ----------
    min_face : float
        Smallest face to find, as a fraction of the frame's shorter side.
    threshold : float
        Minimum signed distance from the detector's margin; below 0, it finds more faces and more
        false positives.
    cnn_weights : str
        File with the CNN's weights (``mmod_human_face_detector.dat``); empty for HOG.
    cnn_weights_md5 : str
        MD5 of that file.
    """

    min_face: PositiveFraction
    threshold: Annotated[float, Field(ge=-2, le=2)]
    cnn_weights: str
    cnn_weights_md5: MD5


def make(params: Params) -> Detector:
    """Build a detector that scales each frame so that the smallest face has just enough pixels.

    Raises
    ------
    InputError
        The file of weights cannot be read or has another MD5.
    """
    if params.cnn_weights:
        find, smallest = _cnn(Path(params.cnn_weights), params), _CNN_FACE
    else:
        find, smallest = _hog(params.threshold), _HOG_FACE

    def detect(frames: Iterable[np.ndarray]) -> list[Detections]:
        return [detect_in_frame(find, frame, smallest / params.min_face) for frame in frames]

    return detect


def detect_in_frame(find: Callable[..., Any], frame: np.ndarray, shorter: float) -> Detections:
    """Detect faces in one frame, scaled so that its shorter side has `shorter` pixels."""
    height, width = frame.shape[:2]
    scale = min(
        shorter / min(height, width),
        (_MAX_PIXELS / (height * width)) ** 0.5,
        _MAX_LENGTH / max(height, width),
    )
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    rectangles, confidences = find(cv2.resize(frame, size, interpolation=how))
    boxes = np.array(
        [[box.left(), box.top(), box.width(), box.height()] for box in rectangles], float
    ).reshape(-1, 4)
    to_frame = np.array([width, height, width, height]) / [*size, *size]
    return detections(boxes * to_frame, confidences)


def _hog(threshold: float) -> Callable[..., Any]:
    detector = dlib.get_frontal_face_detector()

    def find(frame: np.ndarray) -> tuple[list[Any], list[float]]:
        rectangles, confidences, _ = detector.run(frame, 0, threshold)
        return rectangles, confidences

    return find


def _cnn(weights: Path, params: Params) -> Callable[..., Any]:
    require_md5(weights, params.cnn_weights_md5, "detect.dlib.cnn_weights")
    try:
        detector = dlib.cnn_face_detection_model_v1(str(weights))
    except RuntimeError as error:
        raise InputError(f"{weights} holds no weights of dlib's CNN: {error}") from None

    def find(frame: np.ndarray) -> tuple[list[Any], list[float]]:
        faces = [face for face in detector(frame, 0) if face.confidence >= params.threshold]
        return [face.rect for face in faces], [face.confidence for face in faces]

    return find
