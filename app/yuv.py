"""Convert parts of yuv420p frames to RGB and back, with the matrix and range of the frame."""

import av
import numpy as np
from av.video.reformatter import ColorRange

from app.drawing import Part


def cut(planes: np.ndarray, part: Part) -> np.ndarray:
    """Cut out a part.

    Parameters
    ----------
    planes : ndarray of uint8, shape (height * 3 / 2, width)
        Y, U and V one after the other, as PyAV returns yuv420p.
    part : tuple of slice
        Rows and columns, from even to even numbers.

    Returns
    -------
    ndarray of uint8, shape (rows * 3 / 2, columns)
        In the form of `planes`.
    """
    columns = part[1].stop - part[1].start
    pieces = [plane[own].ravel() for plane, own in _parts(planes, part)]
    return np.concatenate(pieces).reshape(-1, columns)


def paste(planes: np.ndarray, part: Part, content: np.ndarray) -> None:
    """Replace a part of `planes` in place; the inverse of `cut`."""
    for (plane, own), source in zip(_parts(planes, part), _planes(content), strict=True):
        plane[own] = source


def to_rgb(planes: np.ndarray, like: av.VideoFrame) -> np.ndarray:
    """Convert yuv420p to RGB, uint8 of shape (rows, columns, 3)."""
    frame = frame_like(like, planes, "yuv420p")
    return frame.reformat(format="rgb24", dst_color_range=ColorRange.JPEG).to_ndarray()


def from_rgb(pixels: np.ndarray, like: av.VideoFrame) -> np.ndarray:
    """Convert RGB to yuv420p; the inverse of `to_rgb`."""
    return yuv_frame(pixels, like.colorspace, like.color_range).to_ndarray()


def yuv_frame(pixels: np.ndarray, matrix: int, levels: int) -> av.VideoFrame:
    """Convert RGB of even width and height to a frame in yuv420p."""
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=matrix,
        dst_color_range=levels or ColorRange.MPEG,
    )


def frame_like(frame: av.VideoFrame, content: np.ndarray, form: str) -> av.VideoFrame:
    """Make a frame of `content`, with the colour description of another."""
    return described_like(frame, av.VideoFrame.from_ndarray(content, format=form))


def described_like(frame: av.VideoFrame, made: av.VideoFrame) -> av.VideoFrame:
    """Give a frame the colour description of another; it is changed, and returned."""
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    made.color_primaries, made.color_trc = frame.color_primaries, frame.color_trc
    return made


def _planes(planes: np.ndarray) -> list[np.ndarray]:
    """Views of Y, U and V."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    return [planes[:height], *planes[height:].reshape(2, height // 2, width // 2)]


def _parts(planes: np.ndarray, part: Part) -> list[tuple[np.ndarray, Part]]:
    """Each plane, with the part's place on it."""
    rows, columns = (slice(side.start // 2, side.stop // 2) for side in part)
    luma, *colours = _planes(planes)
    return [(luma, part), *((plane, (rows, columns)) for plane in colours)]
