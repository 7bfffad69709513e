"""Pictures as they are stored."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.errors import MediaError
from stages.common.picture import decode_stored, encode_png

PICTURE = np.random.default_rng(0).integers(0, 256, (31, 47, 3), np.uint8)


@given(
    st.integers(1, 70), st.integers(1, 70), st.integers(1, 256), st.integers(0, 3), st.booleans()
)
def test_png_loses_nothing_and_every_reader_sees_the_colour_order(height, width, levels, cut, turn):
    rng = np.random.default_rng([height, width, levels])
    whole = rng.integers(0, levels, (height + cut, width + cut, 3), np.uint8)
    picture = whole[cut:, cut:]  # a crop is a view of its frame
    picture = np.rot90(picture) if turn else picture
    encoded = encode_png(picture)
    assert np.array_equal(decode_stored(encoded), picture)
    bgr = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(bgr[..., ::-1], picture)


def test_jpeg_keeps_the_colour_order():
    red = np.full((16, 16, 3), (250, 20, 10), np.uint8)
    encoded = cv2.imencode(".jpg", red[..., ::-1])[1].tobytes()
    assert np.abs(decode_stored(encoded).astype(int) - red).max() <= 3


def damaged(encoded):
    broken = bytearray(encoded)
    broken[len(broken) // 2] ^= 0xFF
    return bytes(broken)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"no picture",
        encode_png(PICTURE)[:20],
        encode_png(PICTURE)[:40],
        encode_png(PICTURE)[:-20],
        damaged(encode_png(PICTURE)),
        cv2.imencode(".png", PICTURE[..., 0])[1].tobytes(),
    ],
)
def test_what_is_no_picture_is_named(encoded):
    with pytest.raises(MediaError, match=r"stored frame 7 cannot be decoded"):
        decode_stored(encoded, "frame 7")
