"""Draw P(fake) on every face: a clip becomes H.264 with its sound, a picture becomes PNG."""

import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from app.drawing import draw_box, draw_legend, draw_score
from app.offline import call_offline
from app.sound import sound_of
from app.tracks import Track, reach_of
from stages.common.container import container_of
from stages.common.decode import Frame, Limits, decode
from stages.common.errors import ItemError
from stages.frames.params import FramesParams

if TYPE_CHECKING:
    from app.analysis import Analysis

_TICKS = 90_000  # per second; the MPEG system clock represents all common frame rates
_QUALITY = {"crf": "23", "preset": "veryfast"}


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
        ``.mp4`` for a clip, ``.png`` for a picture.

    Raises
    ------
    ItemError
        A frame that was not scored is damaged, or a limit on time, memory or size is exceeded.
    """
    limits = Limits(params.max_pixels, params.max_duration)
    picture = is_picture(path)
    draw = draw_picture if picture else draw_clip
    content = call_offline(
        draw, path, marks_of(analysis), limits, max_bytes, seconds=params.max_seconds
    )
    return content, ".png" if picture else ".mp4"


def is_picture(path: Path) -> bool:
    """Whether the file is a picture, judged by its content and not by its name."""
    return container_of(path).endswith("_pipe")


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
    """Draw `marks` on a picture and encode it as a PNG of at most `max_bytes` bytes."""
    (frame,) = decode(path, lambda times: [0], limits)
    pixels = marked(frame, marks)
    content = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    _check_size(len(content), max_bytes)
    return content


def draw_clip(path: Path, marks: Marks, limits: Limits, max_bytes: int) -> bytes:
    """Draw `marks` on every frame of a clip, keeping frame times, rotating it upright, with sound.

    Returns
    -------
    bytes
        An mp4 file: H.264, yuv420p, BT.709, with AAC or MP3 sound.

    Raises
    ------
    ItemError
        The clip cannot be decoded, exceeds `limits`, or becomes larger than `max_bytes`.
    """
    times = np.empty(0)

    def all_of(shown: np.ndarray) -> range:
        nonlocal times
        times = shown
        return range(len(shown))

    target = io.BytesIO()
    try:
        with sound_of(path) as sound, av.open(target, "w", format="mp4") as output:
            delay = sound.picture_start - sound.origin
            stream = None
            for frame in decode(path, all_of, limits):
                pixels = _even(marked(frame, marks))
                if stream is None:
                    stream = _add_picture(output, pixels, times)
                    sound.add_to(output)
                output.mux(sound.until(frame.time + delay))
                output.mux(stream.encode(_picture(pixels, frame.time + delay)))
                _check_size(target.tell(), max_bytes)
            if stream is None:
                raise ItemError("has no frame")
            output.mux(stream.encode())
            output.mux(sound.until(float("inf")))
    except av.FFmpegError as error:  # frames or sound packets whose times do not increase
        raise ItemError(f"cannot be copied with its faces marked: {error.strerror}") from None
    _check_size(target.tell(), max_bytes)
    return target.getvalue()


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise ItemError(f"comes to more than {max_bytes / 2**20:.4g} MB once its faces are marked")


def marked(frame: Frame, marks: Marks) -> np.ndarray:
    """Copy a frame and draw the marks visible at its time: uint8, RGB, (height, width, 3)."""
    pixels = frame.pixels.copy()
    several = len(marks.tracks) > 1
    observations = [(track.person, track.at(frame.time, marks.reach)) for track in marks.tracks]
    seen = [
        (person, *observation) for person, observation in observations if observation is not None
    ]
    for _, box, p_fake in seen:
        draw_box(pixels, box, p_fake)
    # Drawn after all boxes, so that no box hides a score
    for person, box, p_fake in seen:
        draw_score(pixels, box, p_fake, f"person {person}" if several else "")
    draw_legend(pixels, marks.note)
    return pixels


def _add_picture(
    output: av.container.OutputContainer, pixels: np.ndarray, times: np.ndarray
) -> av.VideoStream:
    """Add a video stream with the clip's size and mean frame rate."""
    rate = (len(times) - 1) / times[-1] if len(times) > 1 else 25
    stream = output.add_stream(
        "libx264", rate=Fraction(rate).limit_denominator(1001), options=_QUALITY
    )
    stream.height, stream.width = pixels.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
    context = stream.codec_context
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream


def _picture(pixels: np.ndarray, time: float) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
    )
    picture.pts, picture.time_base = round(time * _TICKS), Fraction(1, _TICKS)
    return picture


def _even(pixels: np.ndarray) -> np.ndarray:
    """Pad to an even size, which yuv420p requires, by repeating the last row and column."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, [(0, height % 2), (0, width % 2), (0, 0)], mode="edge")
