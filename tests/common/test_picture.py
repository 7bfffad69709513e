"""Pictures as they are stored."""

import cv2
import numpy as np
import pytest

from stages.common.errors import MediaError
from stages.common.picture import decode_stored, encode_png

PICTURE = np.random.default_rng(0).integers(0, 256, (31, 47, 3), np.uint8)


def test_png_loses_nothing_and_every_reader_sees_the_colour_order():
    encoded = encode_png(PICTURE)
    assert np.array_equal(decode_stored(encoded), PICTURE)
    bgr = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(bgr[..., ::-1], PICTURE)


@pytest.mark.parametrize("encoded", [b"", b"no picture", encode_png(PICTURE)[:40]])
def test_what_is_no_picture_is_named(encoded):
    with pytest.raises(MediaError, match=r"stored frame 7 cannot be decoded"):
        decode_stored(encoded, "frame 7")
