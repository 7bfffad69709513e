"""Bad items are skipped with a reason, never stored short or wrong."""

import errno
import os
import struct
import zlib
from pathlib import Path
from unittest.mock import patch

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from stages.common.decode import Limits, decode
from stages.common.errors import ItemError, MachineFailure


@pytest.fixture
def refusal(limits):
    """The reason for which a file is refused, whichever frames are wanted."""

    def reason(path, wanted=lambda times: range(len(times))):
        with pytest.raises(ItemError) as caught:
            list(decode(path, wanted, limits))
        return str(caught.value)

    return reason


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_an_empty_file(file, refusal):
    assert refusal(file("a.mp4", b"")) == "is empty"


def test_a_text_renamed_to_mp4(file, refusal):
    assert "no picture or video" in refusal(file("a.mp4", b"WEBVTT\n\nnot a video" * 50))


def test_a_playlist_that_names_other_files(file, refusal):
    assert "no picture or video" in refusal(file("a.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/x\n"))


def test_a_format_that_is_not_read_says_what_to_do(file, refusal):
    assert "convert it" in refusal(file("a.jpg", b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a" + bytes(100)))


def test_a_git_lfs_pointer(file, refusal):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    assert "git lfs pull" in refusal(file("a.mp4", pointer))


def test_a_jpeg_larger_than_any_phone_takes(file, pictures, refusal):
    data = bytearray(cv2.imencode(".jpg", pictures(1)[0])[1].tobytes())
    start = data.index(b"\xff\xc0") + 5
    data[start : start + 4] = struct.pack(">HH", 20_000, 20_000)
    assert refusal(file("a.jpg", data)) == (
        "has frames of 20000×20000, 400000000 pixels, more than 200000000 pixels"
    )


def test_jpeg_inside_tiff_is_refused(tmp_path, pictures, refusal):
    Image.fromarray(pictures(1)[0]).save(tmp_path / "a.tif", compression="jpeg")
    assert "JPEG inside" in refusal(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.flv", {}),
        ("a.wmv", {"codec": "wmv2"}),
        ("a.gif", {"codec": "gif", "pix_fmt": "rgb8"}),
        ("a.apng", {"codec": "apng", "pix_fmt": "rgb24"}),
    ],
)
@pytest.mark.parametrize("keep", [0.3, 0.9, 0.99])
def test_other_truncated_clips(tmp_path, file, clip, pictures, refusal, name, options, keep):
    whole = clip(tmp_path / f"whole-{name}", pictures(30), **options).read_bytes()
    assert refusal(file(name, whole[: int(keep * len(whole))]))


def test_a_vanished_file_and_a_folder(tmp_path, refusal):
    (tmp_path / "folder.mp4").mkdir()
    assert "No such file" in refusal(tmp_path / "gone.mp4")
    assert "directory" in refusal(tmp_path / "folder.mp4")


def test_a_file_that_may_not_be_read_now_is_not_called_damaged(clip, pictures, tmp_path, limits):
    path = clip(tmp_path / "a.mp4", pictures(3))
    for error in (errno.EACCES, errno.EIO, errno.ESTALE):
        with (
            patch.object(Path, "open", side_effect=OSError(error, os.strerror(error))),
            pytest.raises(MachineFailure, match=f"cannot be read: {os.strerror(error)}"),
        ):
            list(decode(path, lambda times: [0], limits))


def test_sound_without_picture(tmp_path, refusal):
    with av.open(str(tmp_path / "a.mp4"), "w") as opened:
        stream = opened.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        silence.rate = 44100
        opened.mux(stream.encode(silence))
        opened.mux(stream.encode(None))
    assert refusal(tmp_path / "a.mp4").startswith("holds no video")


def test_a_video_without_frames(tmp_path, file, clip, pictures, refusal):
    with av.open(str(tmp_path / "a.mp4"), "w") as opened:
        stream = opened.add_stream("libx264", rate=25)
        stream.width, stream.height = 96, 64
        opened.start_encoding()
    assert refusal(tmp_path / "a.mp4").startswith("holds no video")


@pytest.mark.parametrize("keep", [0.02, 0.3, 0.7, 0.95, 0.999])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mp4", {"container": {"movflags": "faststart"}}),
        ("a.mkv", {}),
        ("a.webm", {"codec": "libvpx-vp9", "deadline": "realtime", "cpu-used": "8"}),
    ],
)
def test_a_truncated_video_is_noticed_even_if_the_first_frame_suffices(
    tmp_path, file, clip, pictures, refusal, name, options, keep
):
    whole = clip(tmp_path / f"whole-{name}", pictures(30), **options).read_bytes()
    cut = file(name, whole[: int(keep * len(whole))])
    for wanted in (lambda times: range(len(times)), lambda times: [0]):
        assert "truncated" in refusal(cut, wanted)


@pytest.mark.parametrize("extent", [512, 4000])
@pytest.mark.parametrize("filler", ["zeros", "noise"])
def test_a_video_damaged_in_the_middle_is_no_short_video(
    tmp_path, file, clip, pictures, refusal, filler, extent
):
    shown = pictures(50, 320, 180)
    data = bytearray(clip(tmp_path / "whole.mp4", shown, crf="10").read_bytes())
    noise = np.random.default_rng(0).integers(0, 256, extent, np.uint8).tobytes()
    middle = len(data) // 2
    data[middle : middle + extent] = bytes(extent) if filler == "zeros" else noise
    assert "damaged" in refusal(file("a.mp4", data))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp"])
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_picture(tmp_path, file, pictures, refusal, name, keep):
    _, encoded = cv2.imencode(name[1:], pictures(1, 300, 200)[0])
    assert "truncated" in refusal(file(name, encoded.tobytes()[: int(keep * len(encoded))]))


def test_a_damaged_picture(file, pictures, refusal):
    _, encoded = cv2.imencode(".png", pictures(1, 300, 200)[0])
    data = bytearray(encoded.tobytes())
    middle = len(data) // 2
    data[middle : middle + 100] = bytes(100)
    assert "damaged" in refusal(file("a.png", data))


@pytest.mark.parametrize("side", [4_000, 30_000, 60_000])
def test_a_decompression_bomb(file, refusal, side):
    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(10_000_000), 9))
    bomb = file("a.png", b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b""))
    text = f"has frames of {side}×{side}, {side * side} pixels, more than 10000000 pixels"
    assert refusal(bomb) == text


def test_a_video_beyond_the_limits(tmp_path, clip, pictures):
    path = clip(tmp_path / "a.mp4", pictures(3), ticks=[0, 40, 900_000])
    with pytest.raises(ItemError, match="plays 900 s, longer than 600 s"):
        list(decode(path, lambda times: [0], Limits(10_000, 600)))
    with pytest.raises(ItemError, match="frames of 96×64, 6144 pixels, more than 6000 pixels"):
        list(decode(path, lambda times: [0], Limits(6_000, 1000)))


def test_a_codec_that_is_not_allowed(tmp_path, clip, pictures, refusal):
    clip(tmp_path / "a.avi", pictures(2), codec="huffyuv", pix_fmt="yuv422p")
    text = refusal(tmp_path / "a.avi")
    assert text.startswith("holds video of the codec huffyuv, which is not read")
    assert "ffmpeg -i" in text


@pytest.mark.parametrize(("name", "keep"), [("a.asf", 16), ("a.mp4", 0)])
def test_a_size_beyond_any_file(tmp_path, file, clip, pictures, refusal, name, keep):
    whole = clip(tmp_path / f"whole-{name}", pictures(3), codec="wmv2" if keep else "libx264")
    start = whole.read_bytes()
    huge = b"\xff" * 7 + b"\x7f" if keep else b"\0\0\0\1" + start[4:8] + b"\x7f" + b"\xff" * 7
    assert refusal(file(name, start[:keep] + huge + start[keep + len(huge) :])) == "is truncated"


def test_a_damaged_avif(tmp_path, file, pictures, refusal):
    Image.fromarray(pictures(1)[0]).save(tmp_path / "whole.avif")
    data = bytearray((tmp_path / "whole.avif").read_bytes())
    middle = data.index(b"mdat") + 4
    data[middle:] = b"\xff" * (len(data) - middle)
    assert "damaged" in refusal(file("a.avif", data))


def test_a_tiff_whose_second_page_has_no_size(tmp_path, file, pictures, limits):
    first, second = map(Image.fromarray, pictures(2))
    first.save(tmp_path / "whole.tif", save_all=True, append_images=[second])
    data = bytearray((tmp_path / "whole.tif").read_bytes())

    def number(place, size):
        return int.from_bytes(data[place : place + size], "little")

    tags = number(4, 4)  # a number of tags of 12 bytes, then where the next page's are
    following = number(tags + 2 + 12 * number(tags, 2), 4) + 2
    assert number(following, 2) == 256  # its width
    data[following] = 0xFF
    (frame,) = decode(file("a.tif", data), lambda times: [0], limits)
    assert (frame.pixels == pictures(1)[0]).all()


def test_a_transport_stream_in_which_another_stream_begins(file, clip, pictures, tmp_path, refusal):
    one = clip(tmp_path / "a.ts", pictures(30)).read_bytes()
    with patch("av.container.streams.StreamContainer.__getitem__", side_effect=IndexError):
        assert refusal(file("b.ts", one)) == "is damaged"
