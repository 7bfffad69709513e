"""Show which formats are read and which are refused by name, on files made for the purpose.

Command
    ``python -m proofs.formats``
"""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from proofs.heif import heif
from stages.common.errors import ItemError
from stages.common.formats import FORMATS, Format
from stages.common.sandbox import call_apart
from stages.frames.params import FramesParams
from stages.frames.section import FramesSection
from stages.frames.stored import stored_frames

FRAMES = 10
_WIDTH, _HEIGHT = 176, 144  # H.263 knows few sizes

# Name, FFmpeg's encoder, pixel format, muxer
CLIPS = (
    ("gif.gif", "gif", "rgb8", "gif"),
    ("apng.png", "apng", "rgb24", "apng"),
    ("h264.mp4", "libx264", "yuv420p", "mp4"),
    ("hevc.mov", "libx265", "yuv420p", "mov"),
    ("av1.mp4", "libsvtav1", "yuv420p", "mp4"),
    ("h263.3gp", "h263", "yuv420p", "3gp"),
    ("dnxhd.mov", "dnxhd", "yuv422p", "mov"),
    ("prores.mov", "prores_ks", "yuv422p10le", "mov"),
    ("h264.mkv", "libx264", "yuv420p", "matroska"),
    ("vp9.webm", "libvpx-vp9", "yuv420p", "webm"),
    ("mpeg4.avi", "mpeg4", "yuv420p", "avi"),
    ("divx3.avi", "msmpeg4", "yuv420p", "avi"),
    ("h264.ts", "libx264", "yuv420p", "mpegts"),
    ("hevc.ts", "libx265", "yuv420p", "mpegts"),
    ("h264.m2ts", "libx264", "yuv420p", "mpegts"),
    ("mpeg1.mpg", "mpeg1video", "yuv420p", "mpeg"),
    ("mpeg2.vob", "mpeg2video", "yuv420p", "vob"),
    ("wmv1.wmv", "wmv1", "yuv420p", "asf"),
    ("wmv2.wmv", "wmv2", "yuv420p", "asf"),
    ("flv1.flv", "flv", "yuv420p", "flv"),
    ("h264.flv", "libx264", "yuv420p", "flv"),
    ("vp8.ogv", "libvpx", "yuv420p", "ogg"),
    ("mpeg2.mxf", "mpeg2video", "yuv422p", "mxf"),
    ("huffyuv.avi", "huffyuv", "yuv422p", "avi"),
    ("cinepak.mov", "cinepak", "rgb24", "mov"),
    ("rv20.rm", "rv20", "yuv420p", "rm"),
    ("video.dv", "dvvideo", "yuv420p", "dv"),
    ("video.y4m", "wrapped_avframe", "yuv420p", "yuv4mpegpipe"),
    ("vp8.ivf", "libvpx", "yuv420p", "ivf"),
    ("ffv1.nut", "ffv1", "yuv420p", "nut"),
    ("raw.h264", "libx264", "yuv420p", "h264"),
    ("raw.m2v", "mpeg2video", "yuv420p", "mpeg2video"),
)

_OPTIONS = {
    "libx264": {"bf": "2"},
    "libx265": {"x265-params": "log-level=none:pools=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx": {"deadline": "realtime"},
    "dnxhd": {"profile": "dnxhr_sq"},
    "mpeg2video": {"bf": "2"},
}
_SIZES = {"dnxhd": (256, 144), "dvvideo": (720, 576)}


@dataclass(frozen=True)
class Result:
    """What became of one file."""

    name: str
    frames: int
    said: str


def shown(count: int, width: int = _WIDTH, height: int = _HEIGHT) -> list[np.ndarray]:
    """Return smooth pictures, each unlike the others: RGB."""
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 256, (count, 4, 5, 3)).astype(np.float32)
    return [cv2.resize(cell, (width, height)).round().astype(np.uint8) for cell in cells]


def make_all(folder: Path) -> list[Path]:
    """Make a file of each format that FFmpeg or Pillow can write."""
    os.environ.setdefault("SVT_LOG", "1")
    for name, *how in CLIPS:
        make_clip(folder / name, *how)
    images = [Image.fromarray(pixels) for pixels in shown(3)]
    for name, save in _pictures().items():
        save(folder / name, [image.copy() for image in images])
    (folder / "tiles.heic").write_bytes(heif(shown(1), rows=2, columns=2))
    (folder / "two_pictures.heic").write_bytes(heif(shown(2)))
    for name, start in _STARTS.items():
        (folder / name).write_bytes(start + bytes(64))
    return sorted(folder.iterdir())


def make_clip(path: Path, codec: str, pixels: str, muxer: str) -> None:
    """Write a clip of `FRAMES` frames at 25 a second."""
    with av.open(str(path), "w", format=muxer) as output:
        stream = output.add_stream(codec, rate=25, options=_OPTIONS.get(codec, {}))
        stream.thread_count = 1
        stream.width, stream.height = _SIZES.get(codec, (_WIDTH, _HEIGHT))
        stream.pix_fmt = pixels
        for picture in shown(FRAMES, stream.width, stream.height):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))


def _pictures() -> dict[str, Callable[[Path, list[Image.Image]], None]]:
    def one(kind: str, **options: object) -> Callable[[Path, list[Image.Image]], None]:
        return lambda path, images: images[0].save(path, kind, **options)

    def several(kind: str, **options: object) -> Callable[[Path, list[Image.Image]], None]:
        more = {"save_all": True, **options}
        return lambda path, images: images[0].save(path, kind, append_images=images[1:], **more)

    return {
        "jpeg.jfif": one("JPEG"),
        "progressive.jpg": one("JPEG", progressive=True),
        "two_pictures.jpg": several("MPO"),
        "png.png": one("PNG"),
        "webp.webp": one("WEBP"),
        "animated.webp": several("WEBP", duration=40),
        "tiff.tif": one("TIFF", compression="tiff_lzw"),
        "three_pages.tif": several("TIFF"),
        "jpeg_inside.tif": one("TIFF", compression="jpeg"),
        "bmp.bmp": one("BMP"),
        "still.gif": one("GIF"),
        "avif.avif": one("AVIF"),
        "animated.avif": several("AVIF", duration=40),
        "jpeg2000.jp2": one("JPEG2000"),
        "netpbm.ppm": one("PPM"),
    }


_STARTS = {
    "jxl.jxl": b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a",
    "photoshop.psd": b"8BPS\0\1",
    "openexr.exr": b"\x76\x2f\x31\x01",
    "radiance.hdr": b"#?RADIANCE\n",
    "raw.dng": b"II*\0\x08\0\0\0",
    "lfs_pointer.mp4": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
}
"""Beginnings of what nothing here can write whole."""


def result(path: Path, params: FramesParams) -> Result:
    """Read a file as the stage `frames` does."""
    try:
        rows, _, remarks = call_apart(stored_frames, path, params, seconds=60)
    except ItemError as error:
        return Result(path.name, 0, str(error))
    return Result(path.name, len(rows["frame"]), "; ".join(remarks))


def table() -> str:
    """Return the table of formats in Markdown, as docs/formats.md has it."""
    lines = ["| format | suffixes | |", "| --- | --- | --- |"]
    return "\n".join([*lines, *map(_line, FORMATS)])


def _line(form: Format) -> str:
    suffixes = " ".join(f"`{suffix}`" for suffix in form.suffixes)
    return f"| {form.name} | {suffixes} | {'read' if form.reader else f'`{form.convert}`'} |"


def main() -> None:
    """Print the table and what became of each file."""
    from stages.common.params import load

    params = load("frames", FramesSection)
    params = params.model_copy(update={"max_frames": 100, "interval": None})
    print(table())
    with tempfile.TemporaryDirectory() as folder:
        for path in make_all(Path(folder)):
            found = result(path, params)
            outcome = f"{found.frames} frames" if found.frames else "refused"
            print(f"{found.name:22} {outcome:10} {found.said}".rstrip())
            sys.stdout.flush()


if __name__ == "__main__":
    main()
