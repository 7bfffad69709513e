"""Cutting out."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.similarity import similarity
from stages.faces.crop import cut_out
from stages.faces.params import Crop

NONE = np.full((5, 2), np.nan)
FRAME = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
FACE = np.array([[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]])


def test_inside_the_frame_a_crop_is_the_frames_own_pixels() -> None:
    crop = cut_out(FRAME, np.array([60, 40, 20, 20.0]), NONE, Crop(scale=2, align=False))
    np.testing.assert_array_equal(crop, FRAME[30:70, 50:90])


def test_a_crop_is_square_around_the_boxs_centre() -> None:
    crop = cut_out(FRAME, np.array([60, 30, 20, 40.0]), NONE, Crop(scale=1, align=False))
    np.testing.assert_array_equal(crop, FRAME[30:70, 50:90])


def test_beyond_the_border_the_outermost_pixels_are_repeated() -> None:
    crop = cut_out(FRAME, np.array([-10, -10, 40, 40.0]), NONE, Crop(scale=1, align=False))
    np.testing.assert_array_equal(crop, np.pad(FRAME[:30, :30], [(10, 0), (10, 0), (0, 0)], "edge"))


coordinates = st.floats(-300, 300)


@given(coordinates, coordinates, st.floats(0, 200), st.floats(0, 200), st.floats(1, 5))
def test_any_box_gives_a_square(x: float, y: float, w: float, h: float, scale: float) -> None:
    crop = cut_out(FRAME, np.array([x, y, w, h]), NONE, Crop(scale=scale, align=False))
    side = max(1, round(max(w, h) * scale))
    assert crop.shape == (side, side, 3)


@given(st.floats(0.2, 5), st.floats(-3, 3), st.floats(-50, 50), st.floats(-50, 50))
def test_similarity_is_found_again(scale: float, angle: float, x: float, y: float) -> None:
    turn, shift = scale * np.exp(1j * angle), x + 1j * y
    moved = turn * (FACE @ [1, 1j]) + shift
    found = similarity(FACE, np.stack([moved.real, moved.imag], axis=-1))
    np.testing.assert_allclose(found, (turn, shift), atol=1e-6)


@pytest.mark.parametrize("angle", [-40, 0, 25])
def test_an_aligned_face_is_level_and_at_its_own_scale(angle: float) -> None:
    turn = cv2.getRotationMatrix2D((80, 60), angle, 0.5)
    points = FACE + np.array([24, -12])
    points = points @ turn[:, :2].T + turn[:, 2]
    frame = np.zeros((120, 160, 3), np.uint8)
    for number, (x, y) in enumerate(points[:2]):
        cv2.circle(frame, (round(x), round(y)), 2, (0, 255 * number, 255), -1)
    crop = cut_out(frame, np.zeros(4), points, Crop(scale=1.5, align=True))
    assert crop.shape[0] == pytest.approx(0.5 * 112 * 0.82 * 1.5, abs=1)
    left = np.argwhere((crop[..., 2] > 128) & (crop[..., 1] < 128)).mean(axis=0)
    right = np.argwhere((crop[..., 2] > 128) & (crop[..., 1] > 128)).mean(axis=0)
    assert left[0] == pytest.approx(right[0], abs=1.5)
    assert right[1] - left[1] == pytest.approx(0.5 * 35.2, abs=1.5)


def test_without_landmarks_alignment_is_left_out() -> None:
    box = np.array([60, 40, 20, 20.0])
    crops = [cut_out(FRAME, box, NONE, Crop(scale=1.3, align=align)) for align in (True, False)]
    np.testing.assert_array_equal(*crops)


def test_aligned_and_upright_crops_of_a_level_face_show_the_same() -> None:
    """The box of a face lies at one place of the template that aligned crops are cut by."""
    landmarks = FACE + np.array([20, 5])
    frame = cv2.GaussianBlur(FRAME, (0, 0), 3)
    side = 0.82 * 112
    box = np.array([20 + 56 - side / 2, 5 + 0.64 * 112 - side / 2, side, side])
    for scale in (1.0, 1.3):
        aligned, upright = (
            cut_out(frame, box, landmarks, Crop(scale=scale, align=align)).astype(int)
            for align in (True, False)
        )
        assert aligned.shape == upright.shape
        assert np.abs(aligned - upright).mean() < 6
        shifted = np.abs(aligned[:, 4:] - upright[:, :-4]).mean()
        assert np.abs(aligned - upright).mean() < shifted / 2


def test_at_the_far_border_the_outermost_pixels_are_repeated() -> None:
    crop = cut_out(FRAME, np.array([130, 90, 40, 40.0]), NONE, Crop(scale=1, align=False))
    wanted = np.pad(FRAME[90:, 130:], [(0, 10), (0, 10), (0, 0)], "edge")
    np.testing.assert_array_equal(crop, wanted)
