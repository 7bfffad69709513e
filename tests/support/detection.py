"""Parameters of the detectors, and what is asked of their boxes."""

import numpy as np

from stages.common.registry import Modules
from stages.detect.detector import Detections

FACE = np.array([174.0, 74.0, 100.0, 100.0])
"""Left, top, width, height of the face in the astronaut's picture, from the brows to the chin."""

PARAMS = {name: example.PARAMS for name, example in Modules("tests.support.detectors").items()}


def assert_same(one: Detections, other: Detections) -> None:
    """What the contract asks of a frame seen alone and among others."""
    assert one.boxes.shape == other.boxes.shape
    np.testing.assert_allclose(one.boxes, other.boxes, atol=0.5)
    np.testing.assert_allclose(one.confidences, other.confidences, atol=1e-3)
    np.testing.assert_allclose(one.landmarks, other.landmarks, atol=0.5)
