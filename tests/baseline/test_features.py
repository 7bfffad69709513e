import cv2
import numpy as np
import pytest

from stages.baseline.features import (
    brightness,
    colour_histogram,
    contrast,
    features,
    jpeg_size,
    sharpness,
)

NOISE = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)


def flat(red, green, blue):
    return np.full((40, 50, 3), [red, green, blue], np.uint8)


def test_brightness_weighs_colours_as_luma_does():
    assert brightness(flat(100, 100, 100)) == 100
    assert brightness(flat(255, 0, 0)) == pytest.approx(0.299 * 255, abs=0.5)
    assert brightness(flat(0, 0, 255)) == pytest.approx(0.114 * 255, abs=0.5)


def test_contrast_is_the_spread():
    assert contrast(flat(10, 20, 30)) == 0
    halves = np.concatenate([flat(0, 0, 0), flat(200, 200, 200)])
    assert contrast(halves) == pytest.approx(100)


def test_the_histogram_counts_each_channel():
    shares = colour_histogram(flat(0, 100, 255)).reshape(3, 8)
    assert shares.argmax(axis=1).tolist() == [0, 3, 7]
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_blur_takes_sharpness_and_bytes():
    blurred = cv2.GaussianBlur(NOISE, (0, 0), 2)
    assert sharpness(blurred) < sharpness(NOISE)
    assert jpeg_size(blurred) < jpeg_size(NOISE)


def test_all_features_are_finite_even_for_one_grey_pixel():
    assert np.isfinite(features(np.full((1, 1, 3), 128, np.uint8))).all()
    assert features(NOISE).shape == (28,)
