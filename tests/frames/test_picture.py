import cv2
import numpy as np
import pytest

from stages.frames.picture import encode, scale_of, scaled


@pytest.mark.parametrize(
    ("width", "factor"),
    [(1920, 1 / 3), (1901, 1 / 3), (1900, 1 / 2), (1001, 1 / 2), (1000, 1), (300, 1), (299, 2)],
)
def test_dfdetects_rule(width, factor):
    assert scale_of(width) == factor


def test_scaling_rounds_and_leaves_at_least_a_pixel(pictures):
    assert scaled(pictures(1, 1921, 1081)[0], 1 / 3).shape == (360, 640, 3)
    assert scaled(pictures(1, 1921, 1)[0], 1 / 3).shape == (1, 640, 3)
    assert scaled(pictures(1, 1, 1)[0], 2).shape == (2, 2, 3)


def test_png_keeps_every_pixel_and_colour_order(pictures):
    picture = pictures(1)[0]
    decoded = cv2.imdecode(np.frombuffer(encode(picture, "png", 1), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(decoded, picture)


def test_jpeg_takes_its_quality(pictures):
    picture = pictures(1)[0]
    assert len(encode(picture, "jpeg", 60)) < len(encode(picture, "jpeg", 95))
