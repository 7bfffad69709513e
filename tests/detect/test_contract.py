"""The contract of `stages.detect.detector`, which every detector passes."""

import numpy as np
import pytest
import yaml

from stages.common.overlap import iou
from stages.common.params import Section
from stages.detect.detector import DETECTORS, Detector
from tests.support.detection import FACE, PARAMS, assert_same
from tests.support.paths import ROOT

BLANK = np.full((512, 512, 3), 128, np.uint8)


def test_every_detector_has_an_example() -> None:
    assert list(PARAMS) == list(DETECTORS)


@pytest.mark.parametrize("name", DETECTORS)
def test_it_holds_what_a_detector_holds(name: str) -> None:
    module = DETECTORS[name]
    assert issubclass(module.Params, Section)
    assert set(module.VERSIONS) <= set(yaml.safe_load((ROOT / "versions.yaml").read_text()))
    assert isinstance(module.ON_GPU, bool)
    assert callable(module.make)


@pytest.mark.parametrize("name", DETECTORS)
def test_it_is_on_its_page(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/detection.md").read_text(encoding="utf-8")


def test_finds_the_face(detector: Detector, photograph: np.ndarray) -> None:
    [faces] = detector([photograph])
    assert iou(faces.boxes[0], FACE) > 0.75


def test_box_follows_the_face(detector: Detector, photograph: np.ndarray) -> None:
    moved = np.roll(photograph, (40, 100), axis=(0, 1))
    [faces] = detector([moved])
    assert iou(faces.boxes[0], FACE + np.array([100, 40, 0, 0])) > 0.75


def test_box_is_in_pixels_of_the_frame_whatever_its_size(
    detector: Detector, photograph: np.ndarray
) -> None:
    wide = np.pad(photograph, [(0, 0), (0, 388), (0, 0)])
    large = photograph.repeat(2, axis=0).repeat(2, axis=1)
    [in_wide], [in_large] = detector([wide]), detector([large])
    assert iou(in_wide.boxes[0], FACE) > 0.75
    assert iou(in_large.boxes[0], 2 * FACE) > 0.75


def test_boxes_are_squares(detector: Detector, photograph: np.ndarray) -> None:
    [faces] = detector([photograph])
    width, height = faces.boxes[0, 2:]
    assert width == pytest.approx(height, rel=0.02)


def test_shapes_types_and_order(detector: Detector, photograph: np.ndarray) -> None:
    twice = np.hstack([photograph, photograph // 2 + 40])
    for faces in detector([twice, BLANK]):
        n = len(faces.boxes)
        assert faces.boxes.shape == (n, 4)
        assert faces.confidences.shape == (n,)
        assert faces.landmarks.shape == (n, 5, 2)
        assert {a.dtype for a in vars(faces).values()} == {np.dtype(np.float64)}
        assert (np.diff(faces.confidences) <= 0).all()
        assert (faces.boxes[:, 2:] > 0).all()


def test_landmarks_lie_in_the_box_and_are_left_and_right_as_in_the_picture(
    detector: Detector, photograph: np.ndarray
) -> None:
    [faces] = detector([photograph])
    points = faces.landmarks[0]
    if np.isnan(points).all():
        pytest.skip("a detector without landmarks")
    left, top, width, height = faces.boxes[0]
    assert ((points >= [left, top]) & (points <= [left + width, top + height])).all()
    left_eye, right_eye, nose, mouth_left, mouth_right = points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert mouth_left[0] < mouth_right[0]
    assert left_eye[1] < nose[1] < mouth_left[1]


def test_no_frames_no_faces(detector: Detector) -> None:
    assert detector([]) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (11, 11), (12, 13), (40, 2000)])
def test_a_frame_without_room_for_a_face_has_none(
    detector: Detector, shape: tuple[int, int]
) -> None:
    [faces] = detector([np.zeros((*shape, 3), np.uint8)])
    assert len(faces.boxes) == 0


def test_a_frame_without_a_face_never_loses_its_neighbours(
    detector: Detector, photograph: np.ndarray
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, photograph.shape, np.uint8)
    mixed = detector([BLANK, photograph, noise, photograph[:300, :400], BLANK])
    assert [len(faces.boxes) for faces in mixed] == [0, 1, 0, 1, 0]


def test_batched_and_single_give_the_same(detector: Detector, photograph: np.ndarray) -> None:
    frames = [
        photograph,
        BLANK,
        np.ascontiguousarray(photograph[:, ::-1]),
        np.roll(photograph, 37, axis=1),
        photograph[50:350],
        photograph // 2,
    ]
    together = detector(frames)
    for frame, faces in zip(frames, together, strict=True):
        assert_same(faces, detector([frame])[0])
    for faces, other in zip(together, detector(frames[::-1])[::-1], strict=True):
        assert_same(faces, other)


def test_the_same_frames_give_the_same_bytes(detector: Detector, photograph: np.ndarray) -> None:
    before = photograph.copy()
    first, second = detector([photograph]), detector([photograph])
    assert (photograph == before).all()
    for one, other in zip(first, second, strict=True):
        assert one.boxes.tobytes() == other.boxes.tobytes()
        assert one.confidences.tobytes() == other.confidences.tobytes()
