"""A media file to frames: the one decoder of training and serving.

Only what the chosen frames need is decoded, in one thread. The containers and codecs are a fixed
list, and a file is opened as what its first bytes say: a probe by FFmpeg would let a renamed file
reach any of its demuxers.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.stream import Discard, Disposition
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from stages.common.errors import MediaError

SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "png_pipe"),
    (0, b"\xff\xd8\xff", "jpeg_pipe"),
    (8, b"WEBP", "webp_pipe"),
    (0, b"BM", "bmp_pipe"),
    (0, b"II*\0", "tiff_pipe"),
    (0, b"MM\0*", "tiff_pipe"),
    (8, b"AVI ", "avi"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    *((4, atom, "mov") for atom in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
)
"""Allowed containers: offset and value of the bytes that show one, FFmpeg's name of it."""

CODECS = (
    *("h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "mjpeg"),
    *("prores", "ffv1", "png", "webp", "bmp", "tiff"),
)
"""Allowed codecs by FFmpeg's names of their decoders."""

_RGB = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True)
class Limits:
    """What a medium may be.

    Attributes
    ----------
    pixels : int
        Width times height of a frame at most.
    duration : float
        Seconds from the first to the last frame at most.
    """

    pixels: int
    duration: float


@dataclass(frozen=True)
class Frame:
    """A decoded frame.

    Attributes
    ----------
    index : int
        Number of the frame in presentation order, from 0.
    time : float
        Seconds since the first frame.
    pixels : ndarray of uint8, shape (height, width, 3)
        RGB, 0 to 255, rotation obeyed.
    """

    index: int
    time: float
    pixels: np.ndarray


@dataclass(frozen=True)
class _Timeline:
    """The packets of a stream in decoding order, and the frames that they show."""

    pts: np.ndarray  # presentation time of each packet in ticks
    keys: np.ndarray  # packets at which decoding can start
    shown: np.ndarray  # packet of each frame, in presentation order
    times: np.ndarray  # presentation time of each frame in seconds


def decode(
    path: Path, choose: Callable[[np.ndarray], Sequence[int]], limits: Limits
) -> Iterator[Frame]:
    """Decode chosen frames of a video, or the one frame of an image.

    Of several video streams, the one with the most pixels is decoded, the first of equals; cover
    pictures don't count. Colour is converted by the matrix and range that the file names,
    BT.601 and limited range if it names none.

    Parameters
    ----------
    path : Path
        The file.
    choose : callable
        Called with the presentation times of all frames, ndarray of float seconds, ascending
        from 0; returns the indices of the wanted ones.
    limits : Limits
        What is refused.

    Yields
    ------
    Frame
        The wanted frames in presentation order.

    Raises
    ------
    MediaError
        The file cannot be read, is of no allowed kind, holds no picture, is beyond a limit, or
        a frame that is needed is damaged.
    """
    try:
        with _opened(path, limits) as stream:
            timeline = _timeline(stream, limits)
            wanted = sorted({int(index) for index in choose(timeline.times)})
            yield from _decode_wanted(stream, timeline, wanted)
    except av.FFmpegError as error:
        raise MediaError(f"cannot be decoded: {error.strerror}") from None
    except OSError as error:
        raise MediaError(f"cannot be read: {error.strerror}") from None


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[av.VideoStream]:
    """The video stream of a file, of which FFmpeg decodes nothing beyond the limits."""
    options = {
        "codec_whitelist": ",".join(CODECS),
        "protocol_whitelist": "file",
        "max_pixels": str(limits.pixels),
        "threads": "1",
    }
    kind = container_of(path)
    # With its protocol named, a file called `concat:…` or `http:…` is still a file
    with av.open(f"file:{path}", format=kind, options=options, metadata_errors="replace") as opened:
        streams = [
            stream
            for stream in opened.streams.video
            if not stream.disposition & Disposition.attached_pic
        ]
        if not streams:
            raise MediaError("holds no video stream")
        chosen = max(streams, key=lambda stream: stream.width * stream.height)
        if chosen.codec_context is None or chosen.codec_context.name not in CODECS:
            raise MediaError("its codec is not allowed")
        if chosen.width * chosen.height > limits.pixels:
            raise MediaError(
                f"its frames of {chosen.width}×{chosen.height} exceed {limits.pixels} pixels"
            )
        for stream in opened.streams:
            if stream is not chosen:
                stream.discard = Discard.all
        chosen.codec_context.thread_count = 1
        chosen.codec_context.options = {"max_pixels": str(limits.pixels)}
        yield chosen


def container_of(path: Path) -> str:
    """FFmpeg's name of the container that a file's first bytes show, whatever its name says.

    Raises
    ------
    MediaError
        The file is empty, or of no known kind.
    """
    with path.open("rb") as file:
        start = file.read(16)
    if not start:
        raise MediaError("is empty")
    for offset, value, name in SIGNATURES:
        if start.startswith(value, offset):
            return name
    raise MediaError("is no picture or video of a known kind")


def _timeline(stream: av.VideoStream, limits: Limits) -> _Timeline:
    packets = [packet for packet in stream.container.demux(stream) if packet.size]
    if any(packet.is_corrupt for packet in packets):
        raise MediaError("is truncated")
    pts = np.array([packet.pts for packet in packets], np.int64)
    # Packets outside of an edit list are decoded for others' sake and not shown
    visible = np.flatnonzero([not packet.is_discard for packet in packets])
    shown = visible[np.argsort(pts[visible], kind="stable")]
    if not len(shown):
        raise MediaError("holds no frame")
    times = (pts[shown] - pts[shown[0]]) * float(stream.time_base)
    if times[-1] > limits.duration:
        raise MediaError(f"plays {times[-1]:.0f} s, longer than {limits.duration:g} s")
    keys = np.flatnonzero([packet.is_keyframe for packet in packets])
    return _Timeline(pts, keys, shown, times)


def _decode_wanted(
    stream: av.VideoStream, timeline: _Timeline, wanted: list[int]
) -> Iterator[Frame]:
    index_of = {int(timeline.pts[timeline.shown[index]]): index for index in wanted}
    reformatter = VideoReformatter()
    for decoded in _decoded(stream, timeline, wanted):
        index = index_of.pop(decoded.pts, None)
        if index is not None:
            yield Frame(index, float(timeline.times[index]), _pixels(decoded, reformatter))
    if index_of:
        raise MediaError(f"frame {min(index_of.values())} cannot be decoded")


def _decoded(
    stream: av.VideoStream, timeline: _Timeline, wanted: list[int]
) -> Iterator[av.VideoFrame]:
    """Decode the wanted frames and those that they refer to."""
    context = stream.codec_context
    needed = set(timeline.shown[wanted].tolist())
    last = max(needed)
    stream.container.seek(int(timeline.pts[0]), stream=stream)
    packets = (packet for packet in stream.container.demux(stream) if packet.size)
    for position, packet in enumerate(packets):
        # Nothing refers to a non-reference frame, so the decoder may pass over it
        context.skip_frame = "DEFAULT" if position in needed else "NONREF"
        yield from _sound(context.decode(packet))
        if position == last:
            break
    yield from _sound(context.decode(None))


def _sound(frames: list[av.VideoFrame]) -> list[av.VideoFrame]:
    if any(frame.is_corrupt for frame in frames):
        raise MediaError("is damaged")
    return frames


def _pixels(frame: av.VideoFrame, reformatter: VideoReformatter) -> np.ndarray:
    """RGB of a frame, turned and mirrored as its display matrix says."""
    rgb = reformatter.reformat(
        frame, format="rgb24", interpolation=_RGB, dst_color_range=ColorRange.JPEG, threads=1
    ).to_ndarray()
    quarters = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(rgb, quarters))
