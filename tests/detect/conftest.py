"""Frames with a known face, without committed items: a photograph that scikit-image carries."""

import numpy as np
import pytest
from skimage.data import astronaut

from stages.detect.detector import DETECTORS, Detector, load_detector
from tests.support.detection import PARAMS


@pytest.fixture(scope="session")
def photograph() -> np.ndarray:
    return astronaut()


@pytest.fixture(scope="session", params=DETECTORS)
def detector(request: pytest.FixtureRequest) -> Detector:
    return load_detector(request.param, PARAMS[request.param])


@pytest.fixture(scope="session")
def mtcnn_detector() -> Detector:
    return load_detector("mtcnn", PARAMS["mtcnn"])
