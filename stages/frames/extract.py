"""One medium to the frames that are stored."""

from functools import partial
from pathlib import Path

from stages.common.items import Made
from stages.common.tables.frames import frame_name
from stages.frames.choose import choose_frames
from stages.frames.decode import Limits, decode
from stages.frames.params import Frames
from stages.frames.picture import SUFFIX, encode, scale_of, scaled


def extract(path: Path, frames: Frames) -> Made:
    """Decode, scale and encode the chosen frames of one medium.

    Parameters
    ----------
    path : Path
        The media file.
    frames : Frames
        The stage's parameters.

    Returns
    -------
    Made
        The medium's rows of the frame table, and its pictures.

    Raises
    ------
    MediaError
        The medium cannot be decoded.
    """
    choose = partial(choose_frames, max_frames=frames.max_frames, interval=frames.interval)
    rows = {"frame": [], "time": [], "width": [], "height": [], "scale": []}
    members = {}
    for frame in decode(path, choose, Limits(frames.max_pixels, frames.max_duration)):
        width = frame.pixels.shape[1]
        factor = scale_of(width) if frames.scale == "dfdetect" else 1
        stored = scaled(frame.pixels, factor)
        members[frame_name(frame.index, SUFFIX[frames.format])] = encode(
            stored, frames.format, frames.jpeg_quality
        )
        rows["frame"].append(frame.index)
        rows["time"].append(frame.time)
        rows["width"].append(stored.shape[1])
        rows["height"].append(stored.shape[0])
        rows["scale"].append(stored.shape[1] / width)
    return Made(rows, members)
