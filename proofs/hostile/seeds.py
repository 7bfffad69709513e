"""Generate small valid items of every allowed container and codec, as seeds for mutations."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from proofs.heif import heif

WIDTH, HEIGHT, FRAMES = 96, 64, 10

_SAME_BYTES = {"fflags": "bitexact"}  # otherwise, Matroska files contain random numbers

# Name, video encoder, pixel format, options of encoder and muxer, audio encoder
_CLIPS = [
    ("h264.mp4", "libx264", "yuv420p", {"bf": "2", "g": "5"}, {}, "aac"),
    ("h264_fragmented.mp4", "libx264", "yuv420p", {}, {"movflags": "frag_keyframe+empty_moov"}, ""),
    ("h264.mov", "libx264", "yuv420p", {}, {}, "pcm_s16le"),
    ("h264.mkv", "libx264", "yuv420p", {"g": "5"}, {}, "libopus"),
    ("hevc.mp4", "libx265", "yuv420p10le", {"x265-params": "log-level=none:pools=1"}, {}, ""),
    ("av1.mp4", "libsvtav1", "yuv420p", {"preset": "12"}, {}, ""),
    ("vp8.webm", "libvpx", "yuv420p", {"deadline": "realtime"}, {}, "libopus"),
    ("vp9.webm", "libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}, {}, ""),
    ("mpeg4.avi", "mpeg4", "yuv420p", {"bf": "2"}, {}, "pcm_s16le"),
    ("mjpeg.avi", "mjpeg", "yuvj420p", {}, {}, ""),
    ("prores.mov", "prores_ks", "yuv422p10le", {}, {}, ""),
    ("ffv1.mkv", "ffv1", "yuv420p", {}, {}, ""),
    ("h264.ts", "libx264", "yuv420p", {"bf": "2"}, {}, "aac"),
    ("h264.m2ts", "libx264", "yuv420p", {}, {"mpegts_m2ts_mode": "1"}, ""),
    ("mpeg1.mpg", "mpeg1video", "yuv420p", {}, {}, ""),
    ("mpeg2.mpg", "mpeg2video", "yuv420p", {"bf": "2"}, {}, "mp2"),
    ("wmv1.asf", "wmv1", "yuv420p", {}, {}, ""),
    ("wmv2.wmv", "wmv2", "yuv420p", {}, {}, ""),
    ("flv1.flv", "flv", "yuv420p", {}, {}, ""),
    ("h264.flv", "libx264", "yuv420p", {}, {}, "aac"),
    ("h263.3gp", "h263", "yuv420p", {}, {}, ""),
    ("vp8.ogv", "libvpx", "yuv420p", {"deadline": "realtime"}, {}, "libopus"),
    ("mpeg2.mxf", "mpeg2video", "yuv422p", {}, {}, ""),
    ("dnxhd.mov", "dnxhd", "yuv422p", {"profile": "dnxhr_sq"}, {}, ""),
    ("divx3.avi", "msmpeg4", "yuv420p", {}, {}, ""),
    ("animated.gif", "gif", "rgb8", {}, {}, ""),
    ("animated.png", "apng", "rgb24", {}, {}, ""),
]
_SIZES = {"h263": (128, 96), "dnxhd": (256, 144)}  # they know few
_RATES = {"mpeg1video": 25, "mpeg2video": 25}  # likewise
_MUXERS = {
    **{"mkv": "matroska", "ts": "mpegts", "m2ts": "mpegts", "mpg": "mpeg", "wmv": "asf"},
    **{"ogv": "ogg", "png": "apng"},
}

# Name, suffix, OpenCV options
_PICTURES = [
    ("png", ".png", []),
    ("jpeg", ".jpg", []),
    ("jpeg_progressive", ".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    ("webp_lossy", ".webp", [cv2.IMWRITE_WEBP_QUALITY, 80]),
    ("webp_lossless", ".webp", [cv2.IMWRITE_WEBP_QUALITY, 101]),
    ("bmp", ".bmp", []),
    ("tiff_lzw", ".tiff", [cv2.IMWRITE_TIFF_COMPRESSION, 5]),
    ("tiff_deflate", ".tiff", [cv2.IMWRITE_TIFF_COMPRESSION, 8]),
]


def made_items() -> dict[str, bytes]:
    """Generate the items; return their bytes by name."""
    os.environ.setdefault("SVT_LOG", "1")  # the only way to silence this encoder
    clips = {name: _clip(name, *how) for name, *how in _CLIPS}
    return clips | dict(_pictures())


def items_of(folder: Path) -> dict[str, bytes]:
    """Read all files below `folder`; return their bytes by relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _shown() -> Iterator[np.ndarray]:
    """Yield smooth moving pictures, RGB."""
    cells = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.float32)
    still = cv2.resize(cells, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for step in range(FRAMES):
        yield np.roll(still.clip(0, 255).astype(np.uint8), 3 * step, axis=1)


def _clip(name: str, codec: str, pixels: str, options: dict, container: dict, sound: str) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=_format_of(name), options=_SAME_BYTES | container) as output:
        stream = output.add_stream(codec, rate=_RATES.get(codec, 10), options=options)
        stream.thread_count = 1  # the output of several threads is not reproducible
        stream.width, stream.height = _SIZES.get(codec, (WIDTH, HEIGHT))
        stream.pix_fmt = pixels
        heard = output.add_stream(sound, rate=48000, layout="mono") if sound else None
        if heard:
            for packet in _tone(heard):
                output.mux(packet)
        for shown in _shown():
            output.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        output.mux(stream.encode(None))
    return target.getvalue()


def _format_of(name: str) -> str:
    suffix = Path(name).suffix[1:]
    return _MUXERS.get(suffix, suffix)


def _tone(stream: av.AudioStream) -> Iterator[av.Packet]:
    samples = (8000 * np.sin(np.arange(48000 * FRAMES // 10) / 20)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
    frame.rate = 48000
    yield from stream.encode(frame)
    yield from stream.encode(None)


def _pictures() -> Iterator[tuple[str, bytes]]:
    shown = next(_shown())
    for name, suffix, options in _PICTURES:
        yield f"{name}{suffix}", cv2.imencode(suffix, shown, options)[1].tobytes()
    alpha = np.dstack([shown, shown[:, :, 0]])
    yield "png_alpha.png", cv2.imencode(".png", alpha)[1].tobytes()
    yield "png_16_bit.png", cv2.imencode(".png", shown.astype(np.uint16) * 257)[1].tobytes()
    yield "png_grey.png", cv2.imencode(".png", shown[:, :, 0])[1].tobytes()
    more = list(map(Image.fromarray, _shown()))[1:]
    for name, kind, following in [
        ("avif.avif", "AVIF", []),
        ("animated.avif", "AVIF", more),
        ("animated.webp", "WEBP", more),
        ("two_pictures.jpg", "MPO", more[:1]),
        ("three_pages.tiff", "TIFF", more[:2]),
    ]:
        target = io.BytesIO()
        images = [image.copy() for image in following]  # Pillow leaves a format's options in them
        Image.fromarray(shown).save(target, kind, save_all=bool(images), append_images=images)
        yield name, target.getvalue()
    yield "one_tile.heic", heif([shown], orientation=6)
    yield "tiles.heic", heif([shown], rows=2, columns=2)
    yield "tiles.avif", heif([np.tile(shown, (2, 2, 1))], rows=2, columns=2, codec="libsvtav1")
