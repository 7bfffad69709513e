"""MTCNN's own promises."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stages.common.errors import ParamsError
from stages.common.overlap import iou
from stages.detect.detector import Detector, load_detector
from stages.detect.detectors import mtcnn
from tests.support.detection import PARAMS

sides = st.integers(1, 5000)


@example(height=535, width=535, min_face=1.0, factor=0.709)  # 535 * (12 / 535) is less than 12
@given(height=sides, width=sides, min_face=st.floats(0.01, 1), factor=st.floats(0.5, 0.95))
def test_pyramid_never_enlarges_and_never_undercuts_the_window(
    height: int, width: int, min_face: float, factor: float
) -> None:
    sizes = mtcnn.pyramid(height, width, min_face, factor)
    assert all(min(size) >= 12 and size[0] <= height and size[1] <= width for size in sizes)
    assert sizes == sorted(sizes, reverse=True)
    if min(height, width) >= 12:
        # The smallest face that matters fills the window at the first level, or nothing shrinks
        shorter = max(12, min_face * min(height, width))
        assert min(sizes[0]) == pytest.approx(12 / shorter * min(height, width), abs=0.51)


@pytest.mark.parametrize("min_face", [0.06, 0.1, 0.13, 0.17, 0.2])
def test_any_smallest_face_below_the_face_finds_it(photograph: np.ndarray, min_face: float) -> None:
    """The package finds nothing, silently, with sizes other than its own 20 px."""
    detect = load_detector("mtcnn", PARAMS["mtcnn"].model_copy(update={"min_face": min_face}))
    [faces] = detect([photograph])
    assert len(faces.boxes) == 1


def test_a_face_smaller_than_the_smallest_is_not_looked_for(photograph: np.ndarray) -> None:
    detect = load_detector("mtcnn", PARAMS["mtcnn"].model_copy(update={"min_face": 0.6}))
    [faces] = detect([photograph])
    assert len(faces.boxes) == 0


def test_same_face_as_the_package(mtcnn_detector: Detector, photograph: np.ndarray) -> None:
    from mtcnn import MTCNN

    theirs = max(MTCNN().detect_faces(photograph), key=lambda face: face["confidence"])
    [ours] = mtcnn_detector([photograph])
    [square] = mtcnn.as_squares(np.array([theirs["box"]], float))
    assert iou(ours.boxes[0], square) > 0.8
    assert ours.confidences[0] == pytest.approx(theirs["confidence"], abs=0.01)
    names = ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"]
    points = np.array([theirs["keypoints"][name] for name in names], float)
    np.testing.assert_allclose(ours.landmarks[0], points, atol=5)


class Devices:
    """TensorFlow's `config` on a machine with some GPUs."""

    def __init__(self, *gpus: str) -> None:
        self.gpus = list(gpus)
        self.visible: list[str] | str = self.gpus

    def list_physical_devices(self, kind: str) -> list[str]:
        return self.gpus

    def set_visible_devices(self, devices: list[str] | str, kind: str) -> None:
        self.visible = devices


def test_a_missing_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHINE_DEVICE", "gpu")
    with pytest.raises(ParamsError, match="gpu"):
        mtcnn.choose_device(Devices())


@pytest.mark.parametrize(
    ("device", "worker", "on", "visible"),
    [
        ("auto", 0, "gpu", "first"),
        ("auto", 1, "gpu", "second"),
        ("gpu", 2, "gpu", "first"),
        ("gpu", None, "gpu", ["first", "second"]),
        ("cpu", 1, "cpu", []),
    ],
)
def test_each_worker_takes_a_gpu_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    worker: int | None,
    on: str,
    visible: list[str] | str,
) -> None:
    monkeypatch.setenv("MACHINE_DEVICE", device)
    monkeypatch.setattr(mtcnn, "worker_number", lambda: worker)
    devices = Devices("first", "second")
    assert mtcnn.choose_device(devices) == on
    assert devices.visible == visible
