"""A picture keeps its fingerprint through codecs and sizes, and another picture has another."""

import cv2
import imagehash
import numpy as np
import pytest
from PIL import Image
from skimage import data

from stages.faces.fingerprint import HASHED_FRAMES, fingerprint, frames_to_hash


def distance(one, other):
    return (int(fingerprint(one), 16) ^ int(fingerprint(other), 16)).bit_count()


def jpeg(picture, quality):
    return cv2.imdecode(
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR
    )


@pytest.mark.parametrize("picture", [data.astronaut(), data.chelsea()], ids=["person", "cat"])
def test_a_picture_is_known_encoded_anew_and_at_other_sizes(picture):
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small = cv2.resize(picture, (100, 100), interpolation=cv2.INTER_AREA)
    for twin in (jpeg(picture, 30), half, small, jpeg(half, 50)):
        assert distance(picture, twin) <= 15


def test_it_is_the_phash_of_the_small_picture():
    grey = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA)
    assert fingerprint(data.astronaut()) == str(imagehash.phash(Image.fromarray(small), 16))


def test_other_pictures_are_far():
    assert distance(data.astronaut(), data.chelsea()) > 80
    assert distance(data.astronaut(), data.astronaut()[:, ::-1]) > 80


def test_a_flat_picture_has_none():
    assert fingerprint(np.full((64, 64, 3), 7, np.uint8)) == ""


@pytest.mark.parametrize("count", [0, 1, 16, 17, 50])
def test_frames_are_spread_evenly(count):
    frames = range(100, 100 + 3 * count, 3)
    chosen = sorted(frames_to_hash(frames))
    assert len(chosen) == min(count, HASHED_FRAMES)
    assert set(chosen) <= set(frames)
    steps = np.diff(chosen)
    assert len(steps) == 0 or max(steps) - min(steps) <= 3
