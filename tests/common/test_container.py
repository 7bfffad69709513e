import struct
import zlib

import cv2
import numpy as np
import pytest

from stages.common.decode import decode
from stages.common.errors import ItemError

PIXELS = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)


def with_chunk(kind, content, at):
    """A PNG with one chunk more, at its start or its end."""
    made = cv2.imencode(".png", PIXELS[..., ::-1])[1].tobytes()
    chunk = struct.pack(">I", len(content)) + kind + content
    chunk += struct.pack(">I", zlib.crc32(kind + content))
    place = 33 if at == "start" else len(made) - 12
    return made[:place] + chunk + made[place:]


@pytest.mark.parametrize("at", ["start", "end"])
@pytest.mark.parametrize(("kind", "named"), [(b"zTXt", "a text"), (b"iCCP", "a colour profile")])
def test_a_png_is_no_bomb(tmp_path, limits, kind, named, at):
    path = tmp_path / "bomb.png"
    path.write_bytes(with_chunk(kind, b"k\0\0" + zlib.compress(bytes(17 * 2**20)), at))
    with pytest.raises(ItemError, match=f"holds {named} of more than 16 MiB"):
        list(decode(path, lambda times: [0], limits))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (b"zTXt", b"k\0\0" + zlib.compress(bytes(2**20))),
        (b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(17 * 2**20))),
        (b"tEXt", b"k\0" + bytes(2**20)),
        (b"zTXt", b"damaged"),
        (b"zTXt", b""),
    ],
)
def test_other_texts_of_a_png_leave_the_picture_as_it_is(tmp_path, limits, kind, content):
    path = tmp_path / "picture.png"
    path.write_bytes(with_chunk(kind, content, "end"))
    (frame,) = decode(path, lambda times: [0], limits)
    np.testing.assert_array_equal(frame.pixels, PIXELS)
