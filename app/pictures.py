"""Read all frames of a clip in yuv420p, upright and of even size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from app.yuv import cut, described_like, from_rgb, whole
from stages.common.container import format_of
from stages.common.decode import Frame, Limits, Timeline, decode, numbered, open_stream, timeline_of
from stages.common.errors import ItemError

_INDEXED = ("mov", "matroska")
"""Containers with an index, which are read twice without opening them again."""

_PLANAR = tuple(f"yuv{of}p{deep}" for of in ("420", "422", "444") for deep in ("", "10le"))
"""Pixel formats that become yuv420p without a conversion of colours."""


@dataclass(frozen=True)
class Picture:
    """One frame of a clip.

    Attributes
    ----------
    frame : VideoFrame
        yuv420p, of even width and height, in memory that the decoder does not refer to.
    time, duration : float
        Seconds since the first frame, and until the next one or the end of the clip.
    rate : Fraction
        Mean number of frames a second of the clip.
    """

    frame: av.VideoFrame
    time: float
    duration: float
    rate: Fraction


def pictures_of(path: Path, limits: Limits) -> Iterator[Picture]:
    """Read all frames of a clip.

    Frames of planar YUV that need no rotation, scaling or padding keep the clip's own colours. All
    others are converted by way of RGB.

    Raises
    ------
    ItemError
        The errors of `stages.common.decode.decode`.
    """
    last, frames = 0.0, None
    if format_of(path).reader in _INDEXED:
        with _opened(path, limits) as stream:
            timeline = timeline_of(stream, limits)
        last = _last_duration(path, limits)
        frames, times = _as_decoded(path, limits, timeline), timeline.times
    if frames is None:
        frames, times = _by_way_of_rgb(path, limits)
    last = last or (times[-1] / (len(times) - 1) if len(times) > 1 else 0)
    durations = np.diff(times, append=times[-1] + last)
    mean = (len(times) - 1) / times[-1] if len(times) > 1 else 25
    rate = Fraction(mean).limit_denominator(1001)
    for index, frame in frames:
        yield Picture(frame, float(times[index]), float(durations[index]), rate)


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[av.VideoStream]:
    try:
        with open_stream(path, limits) as stream:
            yield stream
    except av.FFmpegError as error:
        raise ItemError(f"is damaged: {error.strerror}") from None


def _last_duration(path: Path, limits: Limits) -> float:
    """Seconds for which the last frame is shown, as its packet says; 0 if unknown."""
    with _opened(path, limits) as stream:
        packets = (packet for packet in stream.container.demux(stream) if packet.size)
        shown = [(p.pts, p.duration or 0) for p in packets if not p.is_discard]
        return float(max(shown)[1] * stream.time_base)


def _as_decoded(
    path: Path, limits: Limits, timeline: Timeline
) -> Iterator[tuple[int, av.VideoFrame]] | None:
    """Decode all frames by index; None if they need a conversion."""
    with _opened(path, limits) as stream:
        timeline_of(stream, limits)
        _, first = next(numbered(stream, timeline, [0]))
        if not _is_plain(first, stream):
            return None
    return _decoded(path, limits, timeline)


def _decoded(path: Path, limits: Limits, timeline: Timeline) -> Iterator[tuple[int, av.VideoFrame]]:
    wanted = list(range(len(timeline.times)))
    missing = set(wanted)
    reformatter = VideoReformatter()  # shared, since each new one rebuilds its tables for the size
    with _opened(path, limits) as stream:
        # All frames are decoded in their order, so the next one while this one is drawn on
        stream.thread_type, stream.codec_context.thread_count = "FRAME", 2
        for index, frame in numbered(stream, timeline, wanted):
            if index in missing:
                missing.remove(index)
                yield index, _in_yuv420p(frame, reformatter)
    if missing:
        raise ItemError(f"is damaged: frame {min(missing)} cannot be decoded")


def _in_yuv420p(frame: av.VideoFrame, reformatter: VideoReformatter) -> av.VideoFrame:
    """Copy a frame without half of the colours' rows and columns, and bits beyond eight."""
    if frame.format.name == "yuv420p":
        return cut(frame, whole(frame))
    made = reformatter.reformat(
        frame, format="yuv420p", dst_color_range=frame.color_range, threads=1
    )
    return described_like(frame, made)


def _is_plain(frame: av.VideoFrame, stream: av.VideoStream) -> bool:
    return (
        frame.format.name in _PLANAR
        and frame.width % 2 == frame.height % 2 == 0
        and (stream.sample_aspect_ratio or 1) == 1
        and frame.color_trc not in (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
        and all(data.type != SideData.DISPLAYMATRIX for data in frame.side_data)
    )


def _by_way_of_rgb(
    path: Path, limits: Limits
) -> tuple[Iterator[tuple[int, av.VideoFrame]], np.ndarray]:
    """Decode all frames as the pipeline does, by index; also return their times in seconds."""
    known: list[np.ndarray] = []

    def all_of(times: np.ndarray) -> range:
        known.append(times)
        return range(len(times))

    decoded = decode(path, all_of, limits)
    first = next(decoded, None)
    if first is None:
        raise ItemError("has no frame")
    return map(_in_yuv, chain([first], decoded)), known[0]


def _in_yuv(decoded: Frame) -> tuple[int, av.VideoFrame]:
    """Convert a frame to BT.709 with limited range."""
    height, width = decoded.pixels.shape[:2]
    # yuv420p requires an even size: repeat the last row and column
    even = np.pad(decoded.pixels, [(0, height % 2), (0, width % 2), (0, 0)], mode="edge")
    frame = from_rgb(even, Colorspace.ITU709, ColorRange.MPEG)
    frame.colorspace, frame.color_range = Colorspace.ITU709, ColorRange.MPEG
    frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return decoded.index, frame
