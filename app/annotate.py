"""Draw P(fake) on every face: a clip becomes H.264 with its sound, a picture becomes JPEG."""

import io
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from app import yuv
from app.drawing import (
    PAPER,
    Part,
    around,
    box_parts,
    draw_box,
    draw_legend,
    draw_score,
    has_pixels,
    legend_part,
    score_part,
    within,
)
from app.offline import call_offline
from app.pictures import pictures_of
from app.sound import sound_of
from app.tracks import Track, reach_of
from stages.common.container import format_of
from stages.common.decode import Limits, decode
from stages.common.errors import ItemError
from stages.frames.params import FramesParams

if TYPE_CHECKING:
    from app.analysis import Analysis

_TICKS = 90_000  # per second; the MPEG system clock represents all common frame rates
_QUALITY = {"crf": "23", "preset": "superfast"}
_JPEG_QUALITY = 92

Mark = tuple[str, np.ndarray, float]
"""Name of a person (may be empty), box (left, top, width, height) and P(fake)."""


@dataclass(frozen=True)
class Marks:
    """The annotations to draw on an item.

    Attributes
    ----------
    tracks : list of Track
        Boxes in pixels of the file's frames, after rotation.
    reach : float
        Seconds for which a mark is shown before its first and after its last observation.
    note : str
        Text of the legend, ASCII only.
    """

    tracks: list[Track]
    reach: float
    note: str

    def at(self, time: float) -> list[Mark]:
        """Marks visible at a time in seconds; a person has a name if there are several."""
        several = len(self.tracks) > 1
        observations = [(track.person, track.at(time, self.reach)) for track in self.tracks]
        return [
            (f"person {person}" if several else "", *observation)
            for person, observation in observations
            if observation is not None
        ]


def annotated(
    path: Path, analysis: "Analysis", params: FramesParams, max_bytes: int
) -> tuple[bytes, str]:
    """Draw an analysis on its item, in a separate process.

    Parameters
    ----------
    path : Path
        The item.
    analysis : Analysis
        Its scores.
    params : FramesParams
        Limits on pixels, duration and time.
    max_bytes : int
        Largest allowed size of the annotated item.

    Returns
    -------
    content : bytes
        The annotated item.
    suffix : str
        ``.mp4`` for a clip, ``.jpg`` for a picture.

    Raises
    ------
    ItemError
        A frame that was not scored is damaged, or a limit on time, memory or size is exceeded.
    """
    limits = Limits(params.max_pixels, params.max_duration)
    content, suffix = call_offline(
        draw, path, marks_of(analysis), limits, max_bytes, seconds=params.max_seconds
    )
    return content, suffix


def draw(path: Path, marks: Marks, limits: Limits, max_bytes: int) -> tuple[bytes, str]:
    """Draw `marks` on a picture or clip; returned are its bytes and their suffix."""
    if is_picture(path, limits):
        return draw_picture(path, marks, limits, max_bytes), ".jpg"
    return draw_clip(path, marks, limits, max_bytes), ".mp4"


def is_picture(path: Path, limits: Limits) -> bool:
    """Whether the file is a picture and no video or animation, judged by its content."""
    shown = 0

    def count(times: np.ndarray) -> list[int]:
        nonlocal shown
        shown = len(times)
        return [0]

    if format_of(path).kind == "image":
        next(decode(path, count, limits), None)
    return shown == 1


def marks_of(analysis: "Analysis") -> Marks:
    """Convert an analysis to the marks to draw."""
    clip = analysis.clip
    faces = clip.faces.assign(p_fake=analysis.p_faces).merge(
        clip.frames[["frame", "scale"]], on="frame"
    )
    tracks = []
    for track, rows in faces.groupby("track"):
        ordered = rows.sort_values("time")
        boxes = ordered[["x", "y", "width", "height"]].div(ordered["scale"], axis=0)
        tracks.append(
            Track(
                int(track) + 1,
                ordered["time"].to_numpy(float),
                boxes.to_numpy(float),
                ordered["p_fake"].to_numpy(float),
            )
        )
    said = "demonstration" if analysis.model.demonstration else f"clip {analysis.p_fake:.2f}"
    return Marks(tracks, reach_of(clip.frames["time"].to_numpy(float)), said)


def draw_picture(path: Path, marks: Marks, limits: Limits, max_bytes: int) -> bytes:
    """Draw `marks` on a picture and encode it as a JPEG of at most `max_bytes` bytes."""
    (frame,) = decode(path, lambda times: [0], limits)
    pixels = frame.pixels.copy()
    draw_faces(pixels, marks.at(frame.time))
    draw_legend(pixels, marks.note)
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    content = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
    _check_size(len(content), max_bytes)
    return content


def draw_clip(path: Path, marks: Marks, limits: Limits, max_bytes: int) -> bytes:
    """Draw `marks` on every frame of a clip, keeping frame times, rotating it upright, with sound.

    Returns
    -------
    bytes
        An mp4 file: H.264, yuv420p, with AAC or MP3 sound.

    Raises
    ------
    ItemError
        The clip cannot be decoded, exceeds `limits`, or becomes larger than `max_bytes`.
    """
    target = io.BytesIO()
    try:
        with sound_of(path) as sound, av.open(target, "w", format="mp4") as output:
            delay = sound.picture_start - sound.origin
            stream, durations = None, {}
            for picture in pictures_of(path, limits):
                frame = picture.frame
                mark(frame, picture.time, marks)
                if stream is None:
                    stream = _add_picture(output, frame, picture.rate)
                    sound.add_to(output)
                frame.pts = round((picture.time + delay) * _TICKS)
                frame.time_base = Fraction(1, _TICKS)
                durations[frame.pts] = round(picture.duration * _TICKS)
                output.mux(sound.until(picture.time + delay))
                output.mux(_timed(stream.encode(frame), durations))
                _check_size(target.tell(), max_bytes)
            if stream is None:
                raise ItemError("has no frame")
            output.mux(_timed(stream.encode(), durations))
            output.mux(sound.until(float("inf")))
    except av.FFmpegError as error:  # frames or sound packets whose times do not increase
        raise ItemError(f"cannot be copied with its faces marked: {error.strerror}") from None
    _check_size(target.tell(), max_bytes)
    return target.getvalue()


def _timed(packets: list[av.Packet], durations: dict[int, int]) -> list[av.Packet]:
    """Give each packet the duration of its frame: the last one's is the end of the clip."""
    for packet in packets:
        packet.duration = durations.pop(packet.pts)
    return packets


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise ItemError(f"comes to more than {max_bytes / 2**20:.4g} MB once its faces are marked")


def draw_faces(pixels: np.ndarray, seen: list[Mark]) -> None:
    """Draw boxes and scores on a picture, in place: uint8, RGB, (height, width, 3)."""
    for _, box, p_fake in seen:
        draw_box(pixels, box, p_fake)
    # Drawn after all boxes, so that no box hides a score
    for name, box, p_fake in seen:
        draw_score(pixels, box, p_fake, name)


def mark(frame: av.VideoFrame, time: float, marks: Marks) -> None:
    """Draw the marks visible at `time` on a frame, in place; only the parts drawn on change.

    Parameters
    ----------
    frame : VideoFrame
        yuv420p, of even width and height, in memory that no decoder refers to.
    time : float
        Seconds since the first frame.
    marks : Marks
        What to draw.
    """
    size, seen = (frame.height, frame.width), marks.at(time)
    colour = (frame.colorspace, frame.color_range)
    drawn = [
        [*box_parts(size, box), score_part(size, box, p_fake, name)] for name, box, p_fake in seen
    ]
    # One conversion for all parts of a person, since each costs as much as thousands of pixels
    areas = [(around(parts), parts) for of in drawn if (parts := [*filter(has_pixels, of)])]
    canvas = np.empty((*size, 3), np.uint8)
    for area, _ in areas:
        canvas[area] = yuv.to_rgb(yuv.cut(frame, area))
    draw_faces(canvas, seen)
    for area, parts in areas:
        content = yuv.from_rgb(canvas[area], *colour)
        for part in parts:
            yuv.paste(frame, part, content, within(part, area))
    part, legend = _legend(size, marks.note, *colour)
    yuv.paste(frame, part, legend, yuv.whole(legend))


@lru_cache(maxsize=1)  # one clip is drawn at a time, with the same legend on each frame
def _legend(
    size: tuple[int, int], note: str, matrix: int, levels: int
) -> tuple[Part, av.VideoFrame]:
    """Place of the legend on a frame of (height, width), and its content in yuv420p."""
    part = legend_part(size, note)
    canvas = np.full((*size, 3), PAPER, np.uint8)
    draw_legend(canvas, note)
    return part, yuv.from_rgb(canvas[part], matrix, levels)


def _add_picture(
    output: av.container.OutputContainer, frame: av.VideoFrame, rate: Fraction
) -> av.VideoStream:
    """Add a video stream with the size, colour and mean frame rate of the clip."""
    stream = output.add_stream("libx264", rate=rate, options=_QUALITY)
    stream.height, stream.width = frame.height, frame.width
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
    context = stream.codec_context
    context.colorspace, context.color_range = frame.colorspace, frame.color_range
    context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
    return stream
