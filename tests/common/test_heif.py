"""Photos of phones: tiles, turns, several pictures, high dynamic range, and what is refused."""

import cv2
import numpy as np
import pytest
from PIL import Image

from proofs.heif import TURNED, heif, video
from stages.common.decode import decode
from stages.common.errors import ItemError
from stages.common.stills import turned


@pytest.fixture
def read(tmp_path, limits):
    """Decode a file of some bytes; return its pictures and remarks."""

    def pictures_of(content, name="a.heic"):
        (tmp_path / name).write_bytes(content)
        remarks = []
        frames = list(decode(tmp_path / name, _all, limits, remark=remarks.append))
        return [frame.pixels for frame in frames], remarks

    return pictures_of


def _all(times):
    return range(len(times))


def _away(got, wanted):
    assert got.shape == wanted.shape
    return np.abs(got.astype(int) - wanted).mean()


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 3)])
@pytest.mark.parametrize("orientation", TURNED)
def test_tiles_make_one_picture_which_is_turned_once(read, pictures, rows, columns, orientation):
    (shown,) = pictures(1, 240, 160)
    exif = Image.Exif()
    exif[0x0112] = 6  # not that of the file's properties
    content = heif([shown], rows, columns, orientation, exif=exif.tobytes()[6:])
    (got,), remarks = read(content)
    assert _away(got, turned(shown, orientation)) < 3
    assert remarks == []


@pytest.mark.parametrize("pixels", ["gray", "yuv444p", "yuv420p10le", "yuv444p12le"])
def test_other_depths_and_channels(read, pictures, pixels):
    shown = pictures(1, 240, 160)
    if pixels == "gray":
        shown = np.repeat(shown[..., 1:2], 3, axis=3)
    ((got,), _) = read(heif(list(shown), pixels=pixels))
    assert got.dtype == np.uint8
    assert _away(got, shown[0]) < 3


def test_of_several_pictures_the_primary_one_is_read_and_that_is_said(read, pictures):
    shown = pictures(3, 240, 160)
    (got,), remarks = read(heif(list(shown), rows=2, columns=2))
    assert _away(got, shown[0]) < 3
    assert remarks == ["holds 3 pictures, of which only the primary one is looked at"]


@pytest.fixture
def sequence(tmp_path, clip, pictures):
    """A file of a sequence of four pictures."""
    quiet = {"x265-params": "log-level=none"}
    made = clip(tmp_path / "a.mp4", pictures(4), "libx265", **quiet).read_bytes()
    return (
        made.replace(b"ftypisom", b"ftyphevc").replace(b"vide", b"pict").replace(b"hev1", b"hvc1")
    )


@pytest.mark.parametrize("brand", [b"hevc", b"msf1"])
def test_a_sequence_is_a_clip(read, sequence, pictures, brand):
    got, remarks = read(sequence.replace(b"ftyphevc", b"ftyp" + brand), "a.heics")
    assert all(_away(one, other) < 8 for one, other in zip(got, pictures(4), strict=True))
    assert remarks == []


def test_a_sequence_beside_a_picture_is_said(read, sequence, pictures):
    picture = heif([pictures(1)[0]]).replace(b"mif1heic", b"msf1heic")
    (_,), remarks = read(picture + sequence[sequence.index(b"moov") - 4 :])
    assert remarks == ["holds a sequence beside its picture, which alone is looked at"]


def test_more_pixels_than_allowed_are_refused_before_they_are_decoded(read, pictures):
    with pytest.raises(ItemError, match="frames of 20000×20000, 400000000 pixels, more than"):
        read(heif([pictures(1)[0]], claimed=(20_000, 20_000)))


@pytest.mark.parametrize(
    ("rows", "claimed"),
    [(1, (48, 32)), (1, (192, 128)), (2, (192, 128))],  # tiles may stand out of a picture
)
def test_a_size_that_the_pixels_do_not_have_is_refused(read, pictures, rows, claimed):
    with pytest.raises(ItemError, match="is damaged"):
        read(heif([pictures(1)[0]], rows, claimed=claimed))


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.99])
def test_a_truncated_file(read, pictures, keep):
    content = heif([pictures(1, 240, 160)[0]], rows=2, columns=2)
    with pytest.raises(ItemError, match="is truncated"):
        read(content[: int(keep * len(content))])


def test_another_codec_is_said(read, pictures):
    content = heif([pictures(1)[0]]).replace(b"hvc1", b"vvc1")
    with pytest.raises(ItemError, match="is damaged, or not of the codec HEVC"):
        read(content)


def test_a_large_photo_is_read_reduced(read, pictures, monkeypatch):
    monkeypatch.setattr("stages.common.decode.REDUCED_ABOVE", 90_000)
    monkeypatch.setattr("stages.common.stills.REDUCED_TO", 60_000)
    (shown,) = pictures(1, 360, 260)
    ((got,), _) = read(heif([shown], 2, 2))
    height, width = got.shape[:2]
    assert 59_000 < width * height <= 60_100
    assert _away(got, cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA)) < 3


def _flat(code):
    """A grey that PQ's or HLG's code of a diffuse white is, unless it is mapped."""
    return np.full((64, 96, 3), round(255 * code), np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize(("transfer", "code"), [(16, 0.58), (18, 0.75)])
@pytest.mark.parametrize("codec", ["libx265", "libsvtav1"])
def test_high_dynamic_range_is_mapped_as_in_a_video(read, transfer, code, codec):
    shown = _flat(code)
    ((got,), _) = read(heif([shown], transfer=transfer, pixels="yuv420p10le", codec=codec))
    ((wanted,), _) = read(video([shown], transfer, "yuv420p10le", "libx265"), "a.mp4")
    assert _away(got, wanted) <= 2
    assert abs(got.mean() - 255 * code) > 5


def test_avif_in_tiles_is_read_and_with_high_dynamic_range_refused(read, pictures):
    shown = pictures(1, 256, 256)[0]
    ((got,), _) = read(heif([shown], 2, 2, codec="libsvtav1"))
    assert _away(got, shown) < 3
    with pytest.raises(ItemError, match="of PQ or HLG in tiles, which is not read: convert it"):
        read(heif([shown], 2, 2, transfer=16, pixels="yuv420p10le", codec="libsvtav1"))
