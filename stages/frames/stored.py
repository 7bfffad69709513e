"""Decode the frames of one item into the form in which they are stored."""

from functools import partial
from pathlib import Path
from typing import Any

import cv2

from stages.common.decode import Limits, decode
from stages.frames.choose import choose_frames
from stages.frames.params import FramesParams
from stages.frames.picture import encode, scale_of, scaled


def stored_frames(
    path: Path, params: FramesParams
) -> tuple[dict[str, list[Any]], list[bytes], list[str]]:
    """Decode, scale and encode the chosen frames of one item.

    Parameters
    ----------
    path : Path
        The clip or picture.
    params : FramesParams
        The stage's parameters.

    Returns
    -------
    rows : dict of str to list
        The item's rows of the frame table, column by column, without the key.
    pictures : list of bytes
        The encoded frame of each row.
    remarks : list of str
        What a person must know of the file; each begins with a verb.

    Raises
    ------
    ItemError
        The item cannot be decoded.
    """
    cv2.setNumThreads(1)  # running one process per item uses the cores better
    choose = partial(
        choose_frames, max_frames=params.max_frames, interval=params.interval, clip=params.clip
    )
    rows: dict[str, list[Any]] = {"frame": [], "time": [], "width": [], "height": [], "scale": []}
    pictures: list[bytes] = []
    remarks: list[str] = []
    limits = Limits(params.max_pixels, params.max_duration)
    for frame in decode(path, choose, limits, remark=remarks.append):
        width = frame.pixels.shape[1]
        factor = scale_of(width) if params.scale == "dfdetect" else 1
        stored = scaled(frame.pixels, factor)
        pictures.append(encode(stored, params.format, params.jpeg_quality))
        rows["frame"].append(frame.index)
        rows["time"].append(frame.time)
        rows["width"].append(stored.shape[1])
        rows["height"].append(stored.shape[0])
        rows["scale"].append(stored.shape[1] / width)
    return rows, pictures, remarks
