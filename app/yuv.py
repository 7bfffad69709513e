"""Cut parts out of yuv420p frames, convert them to RGB and back, and paste them.

The colour matrix and range are those of the frame.
"""

import av
import numpy as np
from av.video.reformatter import ColorRange

from app.drawing import Part


def cut(frame: av.VideoFrame, part: Part) -> av.VideoFrame:
    """Copy a part of a frame, with its colour description.

    Parameters
    ----------
    frame : VideoFrame
        yuv420p.
    part : tuple of slice
        Rows and columns, from even to even numbers.

    Returns
    -------
    VideoFrame
        yuv420p, of the size of the part.
    """
    rows, columns = part
    made = av.VideoFrame(columns.stop - columns.start, rows.stop - rows.start, "yuv420p")
    for target, source in zip(_planes(made), _parts(frame, part), strict=True):
        target[:] = source
    return described_like(frame, made)


def paste(frame: av.VideoFrame, part: Part, source: av.VideoFrame, of: Part) -> None:
    """Replace a part of `frame`, in place, by the part `of` another frame in yuv420p."""
    for target, content in zip(_parts(frame, part), _parts(source, of), strict=True):
        target[:] = content


def to_rgb(frame: av.VideoFrame) -> np.ndarray:
    """Convert yuv420p to RGB, uint8 of shape (rows, columns, 3)."""
    rgb = frame.reformat(format="rgb24", dst_color_range=ColorRange.JPEG, threads=1)
    return rgb.to_ndarray()


def from_rgb(pixels: np.ndarray, matrix: int, levels: int) -> av.VideoFrame:
    """Convert RGB of even width and height to a frame in yuv420p."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=matrix,
        dst_color_range=levels or ColorRange.MPEG,
        threads=1,  # to start others takes longer than to convert
    )


def described_like(frame: av.VideoFrame, made: av.VideoFrame) -> av.VideoFrame:
    """Give a frame the colour description of another; it is changed, and returned."""
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    made.color_primaries, made.color_trc = frame.color_primaries, frame.color_trc
    return made


def whole(frame: av.VideoFrame) -> Part:
    """All rows and columns of a frame."""
    return slice(0, frame.height), slice(0, frame.width)


def _planes(frame: av.VideoFrame) -> list[np.ndarray]:
    """Views of the memory of Y, U and V: uint8, shape (height, width) of each plane."""
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    ]


def _parts(frame: av.VideoFrame, part: Part) -> list[np.ndarray]:
    """Views of a part on each plane."""
    halves = tuple(slice(side.start // 2, side.stop // 2) for side in part)
    luma, *colours = _planes(frame)
    return [luma[part], *(plane[halves] for plane in colours)]
