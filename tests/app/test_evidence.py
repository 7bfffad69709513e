import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evidence import Evidence, sharpness
from stages.common.metrics.verdicts import VerdictParams

PARAMS = VerdictParams(max_error=0.1, min_frames=3, min_face=40.0, min_sharpness=0.03)
ENOUGH = {"frames": 8, "looked_at": 8, "width": 90.0, "sharpness": 0.3}


@pytest.mark.parametrize(
    ("seen", "lacks"),
    [
        ({}, []),
        ({"frames": 2}, ["found in 2 of 8 frames, 3 are needed"]),
        ({"frames": 1, "looked_at": 1}, []),
        ({"frames": 1, "looked_at": 2}, ["found in 1 of 2 frames, 2 are needed"]),
        ({"width": 31.6}, ["is 32 px wide, 40 are needed"]),
        ({"sharpness": 0.01}, ["is blurred"]),
        ({"frames": 2, "width": 20.0, "sharpness": 0.0}, ["2 of 8", "20 px", "blurred"]),
    ],
)
def test_what_is_too_little_says_why(seen, lacks):
    found = Evidence(**ENOUGH | seen).lacks(PARAMS)
    assert len(found) == len(lacks)
    for sentence, part in zip(found, lacks, strict=True):
        assert part in sentence


def test_it_is_described_in_a_few_words():
    described = Evidence(frames=2, looked_at=8, width=46.2, sharpness=0.01).described(PARAMS)
    assert described == "face in 2 of 8 frames, 46 px wide, blurred"


def test_a_blurred_face_is_less_sharp_whatever_its_size(faces):
    face = np.ascontiguousarray(faces[0][60:220, 100:240])
    for side in (40, 80, 160, 320):
        sized = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
        values = [
            sharpness(cv2.GaussianBlur(sized, (0, 0), share * side)) for share in (0.02, 0.04, 0.08)
        ]
        assert values == sorted(values, reverse=True)
        assert values[1] < PARAMS.min_sharpness < sharpness(sized)


@given(st.floats(0.7, 1.0), st.integers(0, 40))
def test_light_and_contrast_hardly_change_it(gain, offset):
    rng = np.random.default_rng(0)
    crop = cv2.GaussianBlur(rng.uniform(60, 190, (64, 64, 3)).astype(np.float32), (0, 0), 1)
    changed = np.clip(crop * gain + offset, 0, 255)
    before, after = (sharpness(picture.round().astype(np.uint8)) for picture in (crop, changed))
    assert after == pytest.approx(before, rel=0.1)


def test_an_even_surface_has_none():
    assert sharpness(np.full((8, 8, 3), 7, np.uint8)) == 0
