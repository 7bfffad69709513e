"""Frames with a known face, without committed media: a photograph that scikit-image carries."""

import numpy as np
import pytest
from skimage.data import astronaut

from stages.common.registry import Modules
from stages.detect.detector import DETECTORS, Detections, Detector, load_detector

FACE = np.array([180.0, 65.0, 88.0, 108.0])
"""Left, top, width, height of the face in the astronaut's picture."""

PARAMS = {name: example.PARAMS for name, example in Modules("tests.detect.examples").items()}


@pytest.fixture(scope="session")
def photograph() -> np.ndarray:
    return astronaut()


@pytest.fixture(scope="session", params=DETECTORS)
def detector(request: pytest.FixtureRequest) -> Detector:
    return load_detector(request.param, PARAMS[request.param])


@pytest.fixture(scope="session")
def mtcnn_detector() -> Detector:
    return load_detector("mtcnn", PARAMS["mtcnn"])


def iou(first: np.ndarray, second: np.ndarray) -> float:
    start = np.maximum(first[:2], second[:2])
    end = np.minimum(first[:2] + first[2:], second[:2] + second[2:])
    shared = np.prod(np.maximum(end - start, 0))
    return shared / (np.prod(first[2:]) + np.prod(second[2:]) - shared)


def assert_same(one: Detections, other: Detections) -> None:
    """What the contract asks of a frame seen alone and among others."""
    assert one.boxes.shape == other.boxes.shape
    np.testing.assert_allclose(one.boxes, other.boxes, atol=0.5)
    np.testing.assert_allclose(one.confidences, other.confidences, atol=1e-3)
    np.testing.assert_allclose(one.landmarks, other.landmarks, atol=0.5)
