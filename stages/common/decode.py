"""Decode clips and pictures to frames: the decoder of both training and serving.

Only the packets that the chosen frames need are decoded, in one thread. Containers and codecs are
restricted to a fixed list, and the first bytes of a file decide its container: probing by FFmpeg
would let a renamed file reach any demuxer.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.stream import Discard, Disposition
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from stages.common.container import check_packed, format_of, is_cut
from stages.common.errors import ItemError, MachineFailure
from stages.common.faults import is_of_machine
from stages.common.header import Header
from stages.common.heif import heif_picture
from stages.common.stills import (
    MOVING,
    REDUCED_ABOVE,
    animation,
    header_of,
    reduced,
    turned,
)
from stages.common.tone import ToneMap, is_hdr

CODECS = (
    *("h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "mjpeg"),
    *("prores", "ffv1", "png", "webp", "bmp", "tiff", "gif", "apng", "dnxhd"),
    *("mpeg1video", "mpeg2video", "msmpeg4", "msmpeg4v1", "msmpeg4v2", "h263", "flv"),
    *("wmv1", "wmv2", "wmv3", "vc1", "theora"),
)
"""Allowed codecs, by FFmpeg's names of their decoders."""

PHOTO_PIXELS = 200_000_000
"""Maximum width times height of a JPEG or HEIF: the largest photos that phones take."""

_READ_THROUGH = ("mpegts", "mpeg", "asf", "flv", "ogg", "mxf", "gif", "apng")
"""Containers without a reliable index: they are decoded from the start, without a seek."""

_CAN_SKIP_NONREF = ("h264", "mpeg4")
"""Decoders that skip exactly the frames that no other refers to; HEVC's checks one layer only."""

# Whether a NAL unit is an IDR picture, by its first byte, after the four bytes of its length
_IDR: dict[str, Callable[[int], bool]] = {
    "h264": lambda byte: byte & 31 == 5,
    "hevc": lambda byte: byte >> 1 & 63 in (19, 20),
}

_TURNS = {
    **{(0, False): 1, (2, False): 3, (3, False): 6, (1, False): 8},
    **{(0, True): 2, (2, True): 4, (3, True): 5, (1, True): 7},
}
"""EXIF's orientation by quarter turns against the clock, and whether it is mirrored after them."""

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

    def stills(self, reader: str) -> int:
        """Return the maximum of a picture: a photo may have more, since it is read reduced."""
        photo = reader in ("jpeg_pipe", "libheif")
        return max(self.pixels, PHOTO_PIXELS) if photo else self.pixels


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
        RGB, 0 to 255, turned and stretched as the file says.
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
    remark: Callable[[str], None] = lambda text: None,
) -> Iterator[Frame]:
    """Decode chosen frames of a video or animation, or the single frame of a picture.

    Of several video streams, the first with the most pixels is decoded; cover pictures are ignored.
    Colour is converted with the matrix and range that the file declares, or else as BT.601 with
    limited range; high dynamic range (PQ, HLG) is mapped to BT.709. Pixels that are not square are
    stretched. Transparency is ignored. A JPEG or HEIF of more than 9 megapixels is read reduced.

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
    remark : callable, optional
        Called with what a person must know of the file, as that only its first picture is read.

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
        reader = format_of(path).reader
        if reader == "png_pipe":
            check_packed(path)
        header = header_of(path, reader)
        if header.remark:
            remark(header.remark)
        _check_pixels(*header.size, limits.stills(reader))
        if reader == "libheif":
            if 0 in choose(np.zeros(1)):
                photo = heif_picture(path)
                _check_pixels(photo.width, photo.height, limits.stills(reader))
                to_picture = _Converter(1, header, limits, reformatter or VideoReformatter())
                yield Frame(0, 0.0, to_picture(photo))
            return
        if reader == "pillow" and _is_hdr_avif(path, limits, header):
            header, reader = Header(), "mov"
        if header.by_pillow:
            yield from _pillow_frames(path, choose, limits, header)
            return
        if header.pictures > 1:
            reader = MOVING.get(reader, reader)
        if reader in ("gif", "apng") and is_cut(path, reader):  # FFmpeg takes what there is
            raise ItemError("is truncated: its end is missing")
        with open_stream(path, limits, reader, header.lowres) as stream:
            timeline = timeline_of(stream, limits)
            wanted = sorted({int(index) for index in choose(timeline.times)})
            missing = set(wanted)
            again = reader in _READ_THROUGH
            with open_stream(path, limits, reader) if again else nullcontext(stream) as source:
                ratio = float(source.sample_aspect_ratio or 1)
                to_picture = _Converter(ratio, header, limits, reformatter or VideoReformatter())
                for index, decoded in numbered(source, timeline, wanted):
                    if index in missing:
                        missing.remove(index)
                        yield Frame(index, float(timeline.times[index]), to_picture(decoded))
        if missing:
            raise ItemError(f"is damaged: frame {min(missing)} cannot be decoded")
    except av.FFmpegError as error:
        _check_readable(path)
        if is_cut(path, reader):
            raise ItemError("is truncated: its end is missing") from None
        raise ItemError(f"is damaged: {error.strerror}") from None
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
    return kind(f"cannot be read: {error.strerror or error}")


def _check_pixels(width: int, height: int, limit: int) -> None:
    if width * height > limit:
        raise ItemError(
            f"has frames of {width}×{height}, {width * height} pixels, more than {limit} pixels"
        )


def _is_hdr_avif(path: Path, limits: Limits, header: Header) -> bool:
    """Whether FFmpeg decodes an AVIF: Pillow leaves eight bits of PQ or HLG, too few to map."""
    with open_stream(path, limits, "mov") as stream:
        if not is_hdr(stream.codec_context):
            return False
        if stream.width * stream.height != header.size[0] * header.size[1]:
            raise ItemError(
                "is an AVIF of PQ or HLG in tiles, which is not read: convert it with "
                "`avifdec FILE picture.png`"
            )
    return True


def _pillow_frames(
    path: Path,
    choose: Callable[[np.ndarray], Sequence[int] | np.ndarray],
    limits: Limits,
    header: Header,
) -> Iterator[Frame]:
    """Decode with Pillow; the times of an animation are known only once all of it is decoded."""
    times = np.array([time for time, _ in animation(path)] if header.pictures > 1 else [0.0])
    _check_duration(times[-1], limits)
    wanted = {int(index) for index in choose(times)}
    for index, (time, pixels) in enumerate(animation(path)):
        if index in wanted:
            yield Frame(index, time, pixels)


@contextmanager
def open_stream(
    path: Path, limits: Limits, reader: str = "", lowres: int = 0
) -> Iterator[av.VideoStream]:
    """Open the video stream of a file so that FFmpeg decodes nothing beyond the limits.

    Parameters
    ----------
    path : Path
        The file.
    limits : Limits
        Files beyond these limits are refused.
    reader : str
        FFmpeg's name of the demuxer; by default that of `format_of`.
    lowres : int
        As of `stages.common.stills.Header`.
    """
    kind = reader or format_of(path).reader
    options = {"max_pixels": str(limits.stills(kind))}
    whitelists = {"codec_whitelist": ",".join(CODECS), "protocol_whitelist": "file"}
    # The explicit protocol keeps FFmpeg from interpreting names such as `concat:…` or `http:…`
    with av.open(
        f"file:{path}", format=kind, options=options | whitelists, metadata_errors="replace"
    ) as opened:
        chosen = _largest(opened)
        _check_pixels(chosen.width, chosen.height, limits.stills(kind))
        for stream in opened.streams:
            if stream is not chosen:
                stream.discard = Discard.all
        context = chosen.codec_context
        context.thread_count = 1
        # Otherwise, the missing part of a truncated JPEG would be filled with grey
        strict = {"err_detect": "explode"} if kind == "jpeg_pipe" else {}
        context.options = options | strict | ({"lowres": str(lowres)} if lowres else {})
        yield chosen


def _largest(opened: av.container.InputContainer) -> av.VideoStream:
    """Return the video stream with the most pixels, of those with an allowed codec.

    Of equal ones it is the first that moves: an AVIF's or HEIF's sequence comes after its picture.
    """
    streams = [
        stream
        for stream in opened.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        raise ItemError("holds no video")
    codecs = [stream.codec_context and stream.codec_context.name for stream in streams]
    allowed = [s for s, codec in zip(streams, codecs, strict=True) if codec in CODECS]
    if not allowed:
        named = ", ".join(sorted({codec or "unknown" for codec in codecs}))
        raise ItemError(
            f"holds video of the codec {named}, which is not read: convert it with "
            f"`ffmpeg -i FILE -c:v libx264 -crf 12 clip.mp4` (read are {', '.join(CODECS)})"
        )
    return max(allowed, key=lambda stream: (stream.width * stream.height, stream.frames != 1))


def _packets(stream: av.VideoStream) -> Iterator[av.Packet]:
    try:
        yield from (packet for packet in stream.container.demux(stream) if packet.size)
    except IndexError:  # PyAV's, of a stream that begins in the midst of a damaged file
        raise ItemError("is damaged") from None


def timeline_of(stream: av.VideoStream, limits: Limits) -> Timeline:
    """Read the presentation times, keyframes and visible packets of a stream without decoding."""
    pts: list[int] = []
    keys: list[int] = []
    visible: list[int] = []
    kind = stream.container.format.name
    for position, packet in enumerate(_packets(stream)):
        if packet.is_corrupt:
            raise ItemError("is truncated")
        if kind.endswith("_pipe") and position:
            break  # what follows a picture, such as a JPEG's second one, is not the picture
        if packet.pts is None:
            raise ItemError("does not say when its frames are shown")
        pts.append(packet.pts)
        if kind in _READ_THROUGH:
            keys = keys or [position] * packet.is_keyframe
            if not keys:
                continue  # a recording may begin between keyframes
        elif packet.is_keyframe and _restarts(packet):
            keys.append(position)
        # Packets outside the edit list are not shown, only decoded because others refer to them
        if not packet.is_discard:
            visible.append(position)
    ticks, first = np.unique(np.array(pts, np.int64)[visible], return_index=True)
    if not len(ticks):
        raise ItemError("holds no frame")
    times = (ticks - ticks[0]) * stream.time_base.numerator / stream.time_base.denominator
    _check_duration(times[-1], limits)
    return Timeline(np.array(pts), np.array(keys, int), np.array(visible)[first], times)


def _check_duration(seconds: float, limits: Limits) -> None:
    if seconds > limits.duration:
        raise ItemError(f"plays {seconds:.0f} s, longer than {limits.duration:g} s")


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
    kind = stream.container.format.name
    if kind not in _READ_THROUGH:
        stream.container.seek(int(timeline.pts[0]), stream=stream)
    if kind == "avi":
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


class _Converter:
    """Convert frames to pictures as a player shows them; `ratio` is that of a pixel's sides."""

    def __init__(
        self, ratio: float, header: Header, limits: Limits, reformatter: VideoReformatter
    ) -> None:
        self._ratio, self._header, self._reformatter = ratio, header, reformatter
        self._limit = limits.pixels
        self._tone_map: ToneMap | None = None

    def __call__(self, frame: av.VideoFrame) -> np.ndarray:
        if is_hdr(frame):
            self._tone_map = self._tone_map or ToneMap(frame)
            turn, frame = turn_of(frame), self._tone_map(frame)
        else:
            turn = self._header.orientation or turn_of(frame)
        return turned(to_rgb(frame, self._reformatter, self._shown_size(frame)), turn)

    def _shown_size(self, frame: av.VideoFrame) -> tuple[int, int] | None:
        """Return width and height, if not those of the frame."""
        if self._header.orientation:
            above = self._header.size[0] * self._header.size[1] > REDUCED_ABOVE
            return reduced(frame.width, frame.height) if self._header.lowres or above else None
        ratio = self._ratio
        if ratio in (0, 1):
            return None
        # Enlarged, never shrunk, which would remove traces
        size = round(frame.width * max(ratio, 1)), round(frame.height / min(ratio, 1))
        _check_pixels(*size, self._limit)
        return size


def to_rgb(
    frame: av.VideoFrame, reformatter: VideoReformatter, size: tuple[int, int] | None = None
) -> np.ndarray:
    """Convert a frame to RGB as it is stored, or stretched to a width and height."""
    smaller = size is not None and size[0] * size[1] < frame.width * frame.height
    width, height = size or (None, None)
    return reformatter.reformat(
        frame,
        width,
        height,
        format="rgb24",
        interpolation=_RGB ^ Interpolation.BICUBIC | Interpolation.AREA if smaller else _RGB,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    ).to_ndarray()


def turn_of(frame: av.VideoFrame) -> int:
    """Return EXIF's number of the quarter turn, and mirroring, of a frame's display matrix."""
    degrees, mirrored = float(frame.rotation), False
    with suppress(ValueError):  # PyAV knows no EXIF among side data
        for data in frame.side_data:
            if data.type == SideData.DISPLAYMATRIX:
                (a, b), (c, d) = np.frombuffer(data, np.int32).reshape(3, 3)[:2, :2].tolist()
                mirrored = a * d < b * c
                if mirrored:  # FFmpeg's angle is right only without a mirror
                    degrees = -np.degrees(np.arctan2(b, -a))
    return _TURNS[round(degrees / 90) % 4, mirrored]
