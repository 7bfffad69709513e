"""Sound items of every kind: the right frames, at the right times, in the right colours."""

import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from stages.common.decode import decode
from stages.frames.choose import choose_frames
from tests.support.paths import ROOT

BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)
LIMITED, FULL = 1, 2


def everything(times):
    return range(len(times))


@pytest.fixture
def decoded(limits):
    return lambda path, choose=everything: list(decode(path, choose, limits))


def number_of(frame, shown):
    """Which of the shown pictures a frame is."""
    return int(np.argmin([np.abs(frame.pixels.astype(int) - p).mean() for p in shown]))


KINDS = [
    ("a.mp4", "libx264", {"bf": "3", "g": "12"}),
    ("a.mp4", "libx264", {"bf": "3", "g": "12", "x264-params": "open-gop=1:b-pyramid=normal"}),
    # Pictures that differ this much make x264 choose I-frames that later frames look past
    ("a.mp4", "libx264", {"bf": "0", "g": "250"}),
    ("a.mkv", "libx264", {"g": "12"}),
    ("a.avi", "libx264", {"bf": "3"}),
    ("a.mp4", "libx265", {"g": "12", "x265-params": "log-level=none:bframes=4"}),
    ("a.webm", "libvpx-vp9", {"g": "12", "deadline": "realtime", "cpu-used": "8"}),
    ("a.mp4", "mpeg4", {"bf": "2", "g": "12"}),
    ("a.avi", "mpeg4", {"bf": "2", "g": "12"}),
    ("a.ts", "libx264", {"bf": "3", "g": "12"}),
    ("a.ts", "libx265", {"g": "12", "x265-params": "log-level=none:bframes=4"}),
    ("a.mpg", "mpeg1video", {"bf": "2", "g": "12"}),
    ("a.vob", "mpeg2video", {"bf": "2", "g": "12"}),
    ("a.wmv", "wmv2", {"g": "12"}),
    ("a.flv", "libx264", {"bf": "3", "g": "12"}),
    ("a.flv", "flv", {"g": "12"}),
    ("a.ogv", "libvpx", {"g": "12", "deadline": "realtime"}),
    ("a.avi", "msmpeg4", {"g": "12"}),
]


@pytest.mark.parametrize(("name", "codec", "options"), KINDS)
def test_chosen_frames_equal_those_of_a_full_decode(
    tmp_path, clip, pictures, decoded, name, codec, options
):
    """What is left out changes no pixel, whatever is chosen."""
    shown = pictures(40)
    path = clip(tmp_path / name, shown, codec=codec, **options)
    whole = decoded(path)
    assert [frame.index for frame in whole] == list(range(40))
    assert [number_of(frame, shown) for frame in whole] == list(range(40))

    @settings(max_examples=12, database=None)
    @given(st.sets(st.integers(0, 39), min_size=1, max_size=5))
    def check(chosen):
        some = decoded(path, lambda times: sorted(chosen))
        assert [frame.index for frame in some] == sorted(chosen)
        for frame in some:
            assert np.array_equal(frame.pixels, whole[frame.index].pixels)
            assert frame.time == whole[frame.index].time

    check()


def test_what_is_not_needed_is_not_decoded(tmp_path, clip, pictures, decoded, monkeypatch):
    import stages.common.decode as module

    path = clip(tmp_path / "a.mp4", pictures(60), g="10", sc_threshold="0", bf="0")
    count = 0
    checked = module.checked_frames

    def counting(frames):
        nonlocal count
        count += len(frames)
        return checked(frames)

    monkeypatch.setattr(module, "checked_frames", counting)
    assert [frame.index for frame in decoded(path, lambda times: [3, 42])] == [3, 42]
    assert count == 4 + 3


def test_times_are_those_of_the_file_where_the_rate_varies(tmp_path, clip, pictures, decoded):
    ticks = [500, 540, 700, 730, 1200, 1500]
    frames = decoded(clip(tmp_path / "a.mp4", pictures(6), ticks=ticks))
    assert [frame.time for frame in frames] == [0, 0.04, 0.2, 0.23, 0.7, 1.0]


def test_an_edit_list_is_obeyed(tmp_path, clip, pictures, decoded):
    """A file can hold 50 frames and show 40: the frames before its edit are only referred to."""
    shown = pictures(50)
    with (
        av.open(str(clip(tmp_path / "a.mp4", shown))) as source,
        av.open(str(tmp_path / "b.mp4"), "w") as target,
    ):
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.pts -= 10 * 512
                packet.dts -= 10 * 512
                packet.stream = copy
                target.mux(packet)
    frames = decoded(tmp_path / "b.mp4")
    assert [number_of(frame, shown) for frame in frames] == list(range(10, 50))
    assert frames[0].time == 0
    (chosen,) = decoded(tmp_path / "b.mp4", lambda times: [7])
    assert np.array_equal(chosen.pixels, frames[7].pixels)


def test_of_several_streams_the_largest_is_taken(tmp_path, pictures, decoded):
    with av.open(str(tmp_path / "a.mp4"), "w") as opened:
        streams = [opened.add_stream("libx264", rate=25) for _ in range(3)]
        for stream, (width, height) in zip(streams, [(48, 32), (96, 64), (96, 64)], strict=True):
            stream.width, stream.height = width, height
        for number, stream in enumerate(streams):
            picture = pictures(1, stream.width, stream.height, seed=number)[0]
            opened.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            opened.mux(stream.encode(None))
    (frame,) = decoded(tmp_path / "a.mp4")
    assert number_of(frame, [pictures(1, seed=1)[0], pictures(1, seed=2)[0]]) == 0


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 1), (180, 2), (270, 3), (-90, 3)])
def test_rotation_is_obeyed(tmp_path, clip, pictures, decoded, degrees, quarters):
    shown = pictures(2)
    frame = decoded(clip(tmp_path / "a.mp4", shown, rotation=degrees))[0]
    turned = np.rot90(shown[0], quarters)
    assert frame.pixels.shape == turned.shape
    assert np.abs(frame.pixels.astype(int) - turned).mean() < 5


@pytest.mark.parametrize(
    ("name", "codec", "size"),
    [
        ("a.mp4", "libx264", (1, 1)),
        ("a.mp4", "libx264", (1921, 1081)),
        ("a.webm", "libvpx-vp9", (1, 1)),
        ("a.webm", "libvpx-vp9", (1921, 1081)),
    ],
)
def test_odd_sizes(tmp_path, clip, pictures, decoded, name, codec, size):
    shown = pictures(1, *size)
    fast = {"deadline": "realtime", "cpu-used": "8"} if codec != "libx264" else {}
    pix_fmt = "yuv444p" if codec == "libx264" else "yuv420p"
    (frame,) = decoded(clip(tmp_path / name, shown, codec=codec, pix_fmt=pix_fmt, **fast))
    assert frame.pixels.shape == shown[0].shape
    assert np.abs(frame.pixels.astype(int) - shown[0]).max() <= 8


def colour_planes(rgb, matrix, extent, depth):
    """Y, Cb, Cr of RGB by ITU-R BT.601, BT.709 and BT.2100, in numpy alone."""
    red, green, blue = np.moveaxis(rgb / 255, -1, 0)
    kr, kb = matrix
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 * (1 - kb)), (red - y) / (2 * (1 - kr))
    unit = 2 ** (depth - 8)
    if extent == FULL:
        top = 2**depth - 1
        planes = y * top, cb * top + 128 * unit, cr * top + 128 * unit
    else:
        planes = (16 + 219 * y) * unit, (128 + 224 * cb) * unit, (128 + 224 * cr) * unit
    levels = np.clip(np.stack(planes).round(), 0, 2**depth - 1)
    return levels.astype(np.uint16 if depth > 8 else np.uint8)


@pytest.mark.parametrize("depth", [8, 10])
@pytest.mark.parametrize("extent", [LIMITED, FULL])
@pytest.mark.parametrize("colorspace", [None, 1, 6])
def test_colour_is_within_two_levels(tmp_path, decoded, colorspace, extent, depth):
    """BT.709 (1), BT.601 (6) and untagged, which means BT.601; limited and full range."""
    rng = np.random.default_rng(1)
    rgb = np.kron(rng.integers(0, 256, (4, 6, 3)), np.ones((16, 16, 1)))
    planes = colour_planes(rgb, BT709 if colorspace == 1 else BT601, extent, depth)
    with av.open(str(tmp_path / "a.mp4"), "w") as opened:
        stream = opened.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width, stream.height = rgb.shape[1::-1]
        stream.pix_fmt = "yuv444p" if depth == 8 else "yuv444p10le"
        frame = av.VideoFrame(stream.width, stream.height, stream.pix_fmt)
        tagged = [stream.codec_context, frame]
        for target in tagged if colorspace else []:
            target.colorspace = colorspace
        for target in tagged if colorspace or extent == FULL else []:
            target.color_range = extent
        for target, plane in zip(frame.planes, planes, strict=True):
            lines = np.zeros((plane.shape[0], target.line_size), np.uint8)
            lines[:, : plane.shape[1] * plane.itemsize] = plane.view(np.uint8)
            target.update(lines.tobytes())
        opened.mux(stream.encode(frame))
        opened.mux(stream.encode(None))
    (got,) = decoded(tmp_path / "a.mp4")
    assert np.abs(got.pixels.astype(int) - rgb).max() <= 2


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp", "a.jpg"])
def test_pictures_are_one_frame(tmp_path, pictures, decoded, name):
    picture = pictures(1, 97, 65)[0]
    lossless = [cv2.IMWRITE_WEBP_QUALITY, 101, cv2.IMWRITE_JPEG_QUALITY, 100]
    chroma = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    cv2.imwrite(str(tmp_path / name), picture[..., ::-1], lossless + chroma)
    (frame,) = decoded(tmp_path / name)
    assert (frame.index, frame.time) == (0, 0)
    assert np.abs(frame.pixels.astype(int) - picture).max() <= (3 if name == "a.jpg" else 0)


@pytest.mark.parametrize("kind", ["grey", "grey16", "colour16", "alpha"])
def test_pictures_of_other_depths_and_channels(tmp_path, pictures, decoded, kind):
    rgb = pictures(1)[0]
    grey = rgb[..., 1]
    stored, seen = {
        "grey": (grey, np.dstack([grey] * 3)),
        "grey16": (grey.astype(np.uint16) * 257, np.dstack([grey] * 3)),
        "colour16": (rgb[..., ::-1].astype(np.uint16) * 257, rgb),
        "alpha": (np.dstack([rgb[..., ::-1], grey]), rgb),
    }[kind]
    cv2.imwrite(str(tmp_path / "a.png"), stored)
    (frame,) = decoded(tmp_path / "a.png")
    assert np.abs(frame.pixels.astype(int) - seen).max() <= 1


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.png", "a.webp", "a.avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_obeyed(tmp_path, pictures, decoded, name, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pictures(1)[0]).save(tmp_path / name, exif=exif, quality=95)
    with Image.open(tmp_path / name) as image:
        upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    (frame,) = decoded(tmp_path / name)
    assert frame.pixels.shape == upright.shape
    assert np.abs(frame.pixels.astype(int) - upright).mean() < 3


@pytest.mark.parametrize("quarters", range(4))
def test_a_mirrored_video_is_mirrored(tmp_path, pictures, decoded, quarters):
    """FFmpeg's matrix maps the stored picture, turned by a quarter each time, then mirrored."""
    cos, sin = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarters]
    matrix = np.array([[-cos, -sin, 0], [-sin, cos, 0], [0, 0, 16384]]) * [
        [65536],
        [65536],
        [65536],
    ]
    shown = pictures(1)[0]
    with av.open(str(tmp_path / "a.mp4"), "w") as opened:
        stream = opened.add_stream("libx264", rate=25)
        stream.width, stream.height = 96, 64
        stream.set_display_matrix(matrix.astype(int).ravel().tolist())
        opened.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        opened.mux(stream.encode(None))
    (frame,) = decoded(tmp_path / "a.mp4")
    assert np.abs(frame.pixels.astype(int) - np.rot90(shown, quarters)[:, ::-1]).mean() < 5


def test_only_the_first_picture_of_a_jpeg_is_read_and_the_rest_is_said(tmp_path, pictures, limits):
    first, second = map(Image.fromarray, pictures(2))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    said = []
    (frame,) = decode(tmp_path / "a.jpg", everything, limits, remark=said.append)
    assert number_of(frame, pictures(2)) == 0
    assert said == ["holds 2 pictures, of which only the first is looked at"]


def test_only_the_first_page_of_a_tiff_is_read_and_the_rest_is_said(tmp_path, pictures, limits):
    first, *others = map(Image.fromarray, pictures(3))
    first.save(tmp_path / "a.tif", save_all=True, append_images=others)
    said = []
    (frame,) = decode(tmp_path / "a.tif", everything, limits, remark=said.append)
    assert number_of(frame, pictures(3)) == 0
    assert said == ["holds 3 pictures, of which only the first is looked at"]


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_is_a_clip(tmp_path, pictures, decoded, kind):
    first, *others = map(Image.fromarray, pictures(5))
    path = tmp_path / f"a.{kind.lower()}"
    first.save(path, kind, save_all=True, append_images=others, duration=40)
    frames = decoded(path)
    assert [number_of(frame, pictures(5)) for frame in frames] == list(range(5))
    assert [frame.time for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    (chosen,) = decoded(path, lambda times: [3])
    assert np.array_equal(chosen.pixels, frames[3].pixels)


@pytest.mark.parametrize(("width", "height"), [(4, 3), (3, 4)])
def test_pixels_that_are_not_square_are_stretched(tmp_path, pictures, decoded, width, height):
    with av.open(str(tmp_path / "a.mp4"), "w") as opened:
        stream = opened.add_stream("libx264", rate=25)
        stream.width, stream.height = 96, 64
        stream.codec_context.sample_aspect_ratio = Fraction(width, height)
        for picture in pictures(2):
            opened.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        opened.mux(stream.encode(None))
    frames = decoded(tmp_path / "a.mp4")
    size = (128, 64) if width > height else (96, 85)
    seen = [cv2.resize(picture, size) for picture in pictures(2)]
    assert frames[0].pixels.shape == seen[0].shape
    assert [number_of(frame, seen) for frame in frames] == [0, 1]


@pytest.mark.slow
@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_is_mapped(tmp_path, decoded, transfer):
    """What is shown as if it were BT.709 looks washed out: shadows of PQ, and white of HLG."""
    # With B-frames, x265 gives the only frame a time of decoding that it never set
    tags = f"log-level=none:bframes=0:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    code = {"smpte2084": 0.3, "arib-std-b67": 0.75}[transfer]
    with av.open(str(tmp_path / "a.mp4"), "w") as opened:
        stream = opened.add_stream("libx265", rate=25, options={"x265-params": tags})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p10le"
        frame = av.VideoFrame(96, 64, "yuv420p10le")
        for plane, value in zip(frame.planes, [round(64 + 876 * code), 512, 512], strict=True):
            plane.update(np.full(plane.buffer_size // 2, value, np.uint16).tobytes())
        frame.pts = 0
        opened.mux(stream.encode(frame))
        opened.mux(stream.encode(None))
    (got,) = decoded(tmp_path / "a.mp4")
    plain = 255 * code
    assert np.ptp(got.pixels.reshape(-1, 3).mean(axis=0)) <= 2
    assert got.pixels.mean() < plain - 15


def test_a_photo_is_read_reduced(tmp_path, pictures, limits):
    picture = pictures(1, 4032, 3024)[0]
    Image.fromarray(picture).save(tmp_path / "a.jpg", quality=90)
    (frame,) = decode(tmp_path / "a.jpg", everything, replace(limits, pixels=9_000_000))
    height, width = frame.pixels.shape[:2]
    assert 5_900_000 < width * height <= 6_010_000
    assert width / height == pytest.approx(4 / 3, rel=1e-3)
    smaller = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    assert np.abs(frame.pixels.astype(int) - smaller).mean() < 2


def _peak(path):
    """Peak memory of a process of its own that decodes a file, in bytes."""
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from stages.common.decode import Limits, decode\n"
        "list(decode(Path(sys.argv[1]), lambda times: [0], Limits(9_000_000, 1)))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return int(done.stdout)


@pytest.mark.end_to_end
def test_fifty_megapixels_take_no_more_memory_than_nine(tmp_path, pictures):
    for name, size in {"9.jpg": (3464, 2598), "50.jpg": (8160, 6120)}.items():
        Image.fromarray(pictures(1, *size)[0]).save(tmp_path / name, quality=90)
    assert _peak(tmp_path / "50.jpg") <= _peak(tmp_path / "9.jpg")


@pytest.mark.parametrize(
    "name", ["a b'c\"d.mp4", "雪 ünï.mp4", "concat:x|y.mp4", "-x.mp4", "%03d.mp4", "data:,x.mp4"]
)
def test_any_name_is_a_file(tmp_path, clip, pictures, decoded, name, monkeypatch):
    shutil.copy(clip(tmp_path / "plain.mp4", pictures(3)), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(decoded(tmp_path / name)) == 3


def test_decoding_takes_one_thread_and_leaves_no_file_open(tmp_path, clip, pictures, decoded):
    from pathlib import Path

    path = clip(tmp_path / "a.mp4", pictures(5))
    decoded(path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    threads = len(list(Path("/proc/self/task").iterdir()))
    for _ in range(3):
        decoded(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert len(list(Path("/proc/self/task").iterdir())) == threads


def test_frames_come_in_order(tmp_path, clip, pictures, decoded):
    frames = decoded(clip(tmp_path / "a.mp4", pictures(30), bf="3"), lambda times: [20, 3, 11])
    assert all(a.index < b.index for a, b in pairwise(frames))


def test_a_video_of_one_frame(tmp_path, clip, pictures, decoded):
    shown = pictures(1)
    (frame,) = decoded(clip(tmp_path / "a.mp4", shown), lambda times: choose_frames(times, 8, None))
    assert (frame.index, frame.time) == (0, 0)
    assert np.abs(frame.pixels.astype(int) - shown[0]).mean() < 5


@pytest.mark.parametrize("pix_fmt", ["gray", "gray10le", "yuv420p10le", "yuv422p10le", "yuvj420p"])
def test_videos_of_other_depths_and_channels(tmp_path, clip, pictures, decoded, pix_fmt):
    shown, options = pictures(3), {}
    if pix_fmt.startswith("gray"):  # which FFmpeg makes in full range, so the file has to say so
        shown, options = np.repeat(shown[..., 1:2], 3, axis=3), {"color_range": "pc"}
    frames = decoded(clip(tmp_path / "a.mp4", shown, pix_fmt=pix_fmt, **options))
    assert [frame.pixels.dtype for frame in frames] == [np.uint8] * 3
    for frame, picture in zip(frames, shown, strict=True):
        assert np.abs(frame.pixels.astype(int) - picture).mean() < 5
