"""Pictures as they are stored."""

import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.errors import ItemError
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
    for on_threads in (False, True):
        assert np.array_equal(decode_stored(encoded, on_threads=on_threads), picture)
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


NO_PICTURES = [
    b"",
    b"no picture",
    encode_png(PICTURE)[:20],
    encode_png(PICTURE)[:40],
    encode_png(PICTURE)[:-20],
    damaged(encode_png(PICTURE)),
]
GREY = cv2.imencode(".png", PICTURE[..., 0])[1].tobytes()


@pytest.mark.parametrize(
    ("encoded", "on_threads"),
    [*((each, way) for each in NO_PICTURES for way in (False, True)), (GREY, False)],
)
def test_what_is_no_picture_is_named(encoded, on_threads):
    with pytest.raises(ItemError, match=r"stored frame 7 cannot be decoded"):
        decode_stored(encoded, "frame 7", on_threads)


def test_on_threads_nobody_waits_for_pythons_lock():
    """While one picture is decoded, another thread goes on, if the machine has time for it."""
    encoded = encode_png(np.random.default_rng(0).integers(0, 256, (3000, 3000, 3), np.uint8))

    def turns_meanwhile() -> int:
        turns = 0
        decoding = pool.submit(decode_stored, encoded, on_threads=True)
        while not decoding.done():
            turns += 1
            time.sleep(1e-3)
        return turns

    with ThreadPoolExecutor(1) as pool:
        assert any(turns_meanwhile() > 20 for _ in range(20))
