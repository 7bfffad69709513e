"""Decode the frames of one item into the form in which they are stored."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from stages.common.decode import Frame, Limits, decode
from stages.common.errors import ItemError
from stages.common.still import decode_still
from stages.common.suffixes import frames_in
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
        The clip or picture, or the folder of a video's frames.
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
    frames = (
        _in_folder(path, partial(choose, interval=None), params.max_pixels)
        if path.is_dir()
        else decode(path, choose, limits, remark=remarks.append)
    )
    for frame in frames:
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


def _in_folder(
    folder: Path, choose: Callable[[np.ndarray], np.ndarray], max_pixels: int
) -> Iterator[Frame]:
    """Decode chosen frames of a video that is a folder of pictures.

    Nothing says when they were shown: the number of a frame stands for its time in seconds, and no
    interval between them can be kept.
    """
    pictures = frames_in(folder)
    if not pictures:
        raise ItemError("is a directory without pictures")
    numbers = np.array(list(pictures))
    for number in numbers[choose((numbers - numbers[:1]).astype(float))].tolist():
        try:
            pixels = decode_still(pictures[number], max_pixels)
        except ItemError as error:
            raise ItemError(f"{pictures[number].name} {error}") from None
        yield Frame(number, float(number), pixels)
