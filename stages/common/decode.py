"""Decode clips and pictures to frames: the decoder of both training and serving.

Only the packets that the chosen frames need are decoded, in one thread. Containers and codecs are
restricted to a fixed list, and the first bytes of a file decide its container: probing by FFmpeg
would let a renamed file reach any demuxer.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.stream import Discard, Disposition
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from stages.common.container import container_of
from stages.common.errors import ItemError, MachineFailure
from stages.common.faults import is_of_machine

CODECS = (
    *("h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "mjpeg"),
    *("prores", "ffv1", "png", "webp", "bmp", "tiff"),
)
"""Allowed codecs, by FFmpeg's names of their decoders."""

_CAN_SKIP_NONREF = ("h264", "mpeg4")
"""Decoders that skip exactly the frames that no other refers to; HEVC's checks one layer only."""

# Whether a NAL unit is an IDR picture, by its first byte, after the four bytes of its length
_IDR: dict[str, Callable[[int], bool]] = {
    "h264": lambda byte: byte & 31 == 5,
    "hevc": lambda byte: byte >> 1 & 63 in (19, 20),
}

_RGB = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.BITEXACT
)


@dataclass(frozen=True)
class Limits:
    """Limits on an item.

    Attributes
    ----------
    pixels : int
        Maximum width times height of a frame.
    duration : float
        Maximum time from the first to the last frame, in seconds.
    """

    pixels: int
    duration: float


@dataclass(frozen=True)
class Frame:
    """A decoded frame.

    Attributes
    ----------
    index : int
        Index of the frame in presentation order, from 0.
    time : float
        Seconds since the first frame.
    pixels : ndarray of uint8, shape (height, width, 3)
        RGB, 0 to 255, rotated as the file says.
    """

    index: int
    time: float
    pixels: np.ndarray


@dataclass(frozen=True)
class Timeline:
    """The packets of a stream in decoding order, and the frames that they hold."""

    pts: np.ndarray  # presentation time of each packet in ticks
    keys: np.ndarray  # indices of the packets at which decoding can start
    shown: np.ndarray  # index of the packet of each frame, in presentation order
    times: np.ndarray  # presentation time of each frame in seconds


def decode(
    path: Path,
    choose: Callable[[np.ndarray], Sequence[int] | np.ndarray],
    limits: Limits,
    reformatter: VideoReformatter | None = None,
) -> Iterator[Frame]:
    """Decode chosen frames of a video, or the single frame of an image.

    Of several video streams, the first with the most pixels is decoded; cover pictures are ignored.
    Colour is converted with the matrix and range that the file declares, or else as BT.601 with
    limited range. Transparency is ignored.

    Parameters
    ----------
    path : Path
        The file.
    choose : callable
        Called with the presentation times of all frames, an ndarray of float in seconds, ascending
        from 0; returns the indices of the frames to decode.
    limits : Limits
        Files beyond these limits are refused.
    reformatter : VideoReformatter, optional
        For many small files of one size: making one takes as long as decoding a picture of 224 px.

    Yields
    ------
    Frame
        The chosen frames in the decoder's order: presentation order, unless the file's times were
        tampered with.

    Raises
    ------
    ItemError
        The file cannot be read, is not of an allowed kind, holds no picture or exceeds a limit, or
        a required frame is damaged.
    MachineFailure
        The machine cannot read the file now: rights, or an error of input and output.
    """
    try:
        with open_stream(path, limits) as stream:
            timeline = timeline_of(stream, limits)
            wanted = sorted({int(index) for index in choose(timeline.times)})
            missing = set(wanted)
            reformatter = reformatter or VideoReformatter()
            for index, decoded in numbered(stream, timeline, wanted):
                if index in missing:
                    missing.remove(index)
                    time = float(timeline.times[index])
                    yield Frame(index, time, to_rgb(decoded, reformatter))
            if missing:
                raise ItemError(f"is damaged: frame {min(missing)} cannot be decoded")
    except av.FFmpegError as error:
        _check_readable(path)
        raise ItemError(
            f"is damaged, truncated or has more than {limits.pixels} pixels a frame: "
            f"{error.strerror}"
        ) from None
    except OSError as error:
        raise _unreadable(error) from None


def _check_readable(path: Path) -> None:
    """Raise a `MachineFailure` if a file's bytes cannot be read, damaged or not.

    FFmpeg's own errors do not tell: of a truncated PNG, it says "Operation not permitted".
    """
    try:
        with path.open("rb") as file:
            while file.read(2**20):
                pass
    except OSError as error:
        raise _unreadable(error) from None


def _unreadable(error: OSError) -> ItemError:
    kind = MachineFailure if is_of_machine(error) else ItemError
    return kind(f"cannot be read: {error.strerror}")


@contextmanager
def open_stream(path: Path, limits: Limits) -> Iterator[av.VideoStream]:
    """Open the video stream of a file so that FFmpeg decodes nothing beyond the limits."""
    kind = container_of(path)
    options = {"max_pixels": str(limits.pixels)}
    whitelists = {"codec_whitelist": ",".join(CODECS), "protocol_whitelist": "file"}
    # The explicit protocol keeps FFmpeg from interpreting names such as `concat:…` or `http:…`
    with av.open(
        f"file:{path}", format=kind, options=options | whitelists, metadata_errors="replace"
    ) as opened:
        streams = [
            stream
            for stream in opened.streams.video
            if stream.codec_context
            and stream.codec_context.name in CODECS
            and not stream.disposition & Disposition.attached_pic
        ]
        if not streams:
            raise ItemError(f"holds no video of an allowed codec ({', '.join(CODECS)})")
        chosen = max(streams, key=lambda stream: stream.width * stream.height)
        if chosen.width * chosen.height > limits.pixels:
            raise ItemError(
                f"has frames of {chosen.width}×{chosen.height}, more than {limits.pixels} pixels"
            )
        for stream in opened.streams:
            if stream is not chosen:
                stream.discard = Discard.all
        context = chosen.codec_context
        context.thread_count = 1
        # Otherwise, the missing part of a truncated JPEG would be filled with grey
        context.options = options | ({"err_detect": "explode"} if kind == "jpeg_pipe" else {})
        yield chosen


def _packets(stream: av.VideoStream) -> Iterator[av.Packet]:
    return (packet for packet in stream.container.demux(stream) if packet.size)


def timeline_of(stream: av.VideoStream, limits: Limits) -> Timeline:
    """Read the presentation times, keyframes and visible packets of a stream without decoding."""
    pts, keys, visible = [], [], []
    for position, packet in enumerate(_packets(stream)):
        if packet.is_corrupt:
            raise ItemError("is truncated")
        if packet.pts is None:
            raise ItemError("does not say when its frames are shown")
        pts.append(packet.pts)
        if packet.is_keyframe and _restarts(packet):
            keys.append(position)
        # Packets outside the edit list are not shown, only decoded because others refer to them
        if not packet.is_discard:
            visible.append(position)
    ticks, first = np.unique(np.array(pts, np.int64)[visible], return_index=True)
    if not len(ticks):
        raise ItemError("holds no frame")
    times = (ticks - ticks[0]) * stream.time_base.numerator / stream.time_base.denominator
    if times[-1] > limits.duration:
        raise ItemError(f"plays {times[-1]:.0f} s, longer than {limits.duration:g} s")
    return Timeline(np.array(pts), np.array(keys, int), np.array(visible)[first], times)


def _restarts(packet: av.Packet) -> bool:
    """Return whether decoding can start at this keyframe: no later frame refers to an earlier one.

    For H.264 and HEVC, containers mark any intra-coded frame as a keyframe, but only an IDR
    guarantees this.
    """
    idr = _IDR.get(packet.stream.codec_context.name)
    if idr is None:
        return True
    data = memoryview(packet)
    while len(data) > 4:
        if idr(data[4]):
            return True
        data = data[4 + int.from_bytes(data[:4]) :]
    return False


def numbered(
    stream: av.VideoStream, timeline: Timeline, wanted: list[int]
) -> Iterator[tuple[int | None, av.VideoFrame]]:
    """Decode the wanted frames, and maybe others, each with its index or None."""
    stream.container.seek(int(timeline.pts[0]), stream=stream)
    if stream.container.format.name == "avi":
        # AVI has no presentation times, and FFmpeg invents some: count the frames instead
        yield from enumerate(_decoded(stream, range(len(timeline.pts)), range(len(timeline.pts))))
    else:
        packets = timeline.shown[wanted].tolist()
        index_of = dict(zip(timeline.pts[packets].tolist(), wanted, strict=True))
        for decoded in _decoded(stream, _needed(timeline, packets), packets):
            yield index_of.get(decoded.pts), decoded


def _needed(timeline: Timeline, wanted: list[int]) -> set[int]:
    """Return the packets to decode: for each wanted one, those from the keyframe before it on."""
    needed: set[int] = set()
    for packet in wanted:
        before = timeline.keys[timeline.keys <= packet].tolist()
        # A frame that is shown before its keyframe may refer to frames before that keyframe
        if before and timeline.pts[packet] < timeline.pts[before[-1]]:
            before.pop()
        needed.update(range(before[-1] if before else 0, packet + 1))
    return needed


def _decoded(
    stream: av.VideoStream, needed: Collection[int], wanted: Collection[int]
) -> Iterator[av.VideoFrame]:
    """Decode the needed packets, skipping frames that are neither wanted nor referred to."""
    context = stream.codec_context
    wanted, last, gap = set(wanted), max(needed), False
    for position, packet in enumerate(_packets(stream)):
        if position not in needed:
            gap = True
            continue
        if gap:
            yield from checked_frames(context.decode(None))
            context.flush_buffers()
            gap = False
        skip = position not in wanted and context.name in _CAN_SKIP_NONREF
        context.skip_frame = "NONREF" if skip else "DEFAULT"
        yield from checked_frames(context.decode(packet))
        if position == last:
            break
    yield from checked_frames(context.decode(None))


def checked_frames(frames: list[av.VideoFrame]) -> list[av.VideoFrame]:
    """Return `frames`, or raise an error if the decoder marked one as corrupt."""
    if any(frame.is_corrupt for frame in frames):
        raise ItemError("is damaged")
    return frames


def to_rgb(frame: av.VideoFrame, reformatter: VideoReformatter) -> np.ndarray:
    """Convert a frame to RGB, rotated according to its display matrix or EXIF."""
    rgb = reformatter.reformat(
        frame, format="rgb24", interpolation=_RGB, dst_color_range=ColorRange.JPEG, threads=1
    ).to_ndarray()
    return np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)))
