"""Made pictures and clips."""

from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np

MILLISECOND = Fraction(1, 1000)
ENCODER = {"libx264": {"crf": "18", "preset": "veryfast", "threads": "1"}}


def pictures(count: int, width: int = 96, height: int = 64, seed: int = 0) -> np.ndarray:
    """Smooth RGB pictures, each unlike the others; uint8 of shape (count, height, width, 3)."""
    rng = np.random.default_rng(seed)
    lattice = rng.integers(0, 256, (count, 4, 5, 3)).astype(np.float32)
    size = (width, height)
    smooth = [cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR) for cells in lattice]
    return np.stack(smooth).round().astype(np.uint8)


def write_clip(
    path,
    shown: Sequence[np.ndarray],
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    fps: int = 25,
    ticks: Sequence[int] | None = None,
    rotation: int = 0,
    container: dict | None = None,
    **options: str,
):
    """Write a video; `ticks` are presentation times in 1/1000 s, `options` the encoder's."""
    height, width = shown[0].shape[:2]
    with av.open(str(path), "w", options=container or {}) as opened:
        stream = opened.add_stream(codec, rate=fps, options=ENCODER.get(codec, {}) | options)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        if ticks is not None:
            stream.codec_context.time_base = MILLISECOND
        if rotation:
            stream.set_display_rotation(rotation)
        for index, picture in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if ticks is not None:
                frame.pts, frame.time_base = ticks[index], MILLISECOND
            opened.mux(stream.encode(frame))
        opened.mux(stream.encode(None))
    return path
