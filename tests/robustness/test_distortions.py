import cv2
import numpy as np
import pytest

from stages.robustness.curves import distort_all, settings
from stages.robustness.distortions import DISTORTIONS


def crop(height=101, width=87, seed=0):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1.5)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_every_level_keeps_the_form_and_the_next_is_worse(name):
    clean = crop()
    damage = []
    for level in range(1, 6):
        (found,) = distort_all([clean], name, level, seed=0)
        assert found.shape == clean.shape
        assert found.dtype == np.uint8
        damage.append(np.abs(found.astype(float) - clean).mean())
    assert (np.diff(damage) > 0).all()
    assert damage[0] > 0


@pytest.mark.parametrize("name", DISTORTIONS)
def test_it_can_be_replayed(name):
    crops = [crop(seed=seed) for seed in range(3)]
    first, again = (distort_all(crops, name, 3, seed=1) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_the_smallest_crops_are_no_problem(name):
    (found,) = distort_all([crop(5, 3)], name, 5, seed=0)
    assert found.shape == (5, 3, 3)


def test_the_crop_itself_stays():
    clean = crop()
    before = clean.copy()
    for name, level, _ in settings():
        distort_all([clean], name, level, seed=0)
    np.testing.assert_array_equal(clean, before)


def test_without_saturation_a_picture_is_grey_and_as_bright():
    (grey,) = distort_all([crop()], "saturation", 5, seed=0)
    assert (grey == grey[..., :1]).all()
    luma = cv2.cvtColor(crop(), cv2.COLOR_RGB2GRAY)
    np.testing.assert_array_equal(grey[..., 0], luma)


def test_noise_has_the_variance_that_the_level_says():
    flat = np.full((400, 400, 3), 128, np.uint8)
    (found,) = distort_all([flat], "noise", 1, seed=0)
    luma = cv2.cvtColor(found.astype(np.float32) / 255, cv2.COLOR_RGB2GRAY)
    assert luma.var() == pytest.approx(0.001, rel=0.05)


def test_settings_are_forty():
    assert len(list(settings())) == 8 * 5
