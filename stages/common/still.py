"""Decode a picture that is a frame of a video, or a crop."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from av.video.reformatter import VideoReformatter

from stages.common.decode import Limits, decode
from stages.common.errors import ItemError


def decode_still(
    path: Path, max_pixels: int, reformatter: VideoReformatter | None = None
) -> np.ndarray:
    """Decode a file that holds one picture.

    Parameters
    ----------
    path : Path
        The file.
    max_pixels : int
        Largest width times height.
    reformatter : VideoReformatter, optional
        As in `stages.common.decode.decode`.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        RGB.

    Raises
    ------
    ItemError
        The file cannot be decoded, or holds several frames.
    """
    (frame,) = decode(path, _single, Limits(max_pixels, duration=np.inf), reformatter)
    return frame.pixels


def _single(times: np.ndarray) -> Sequence[int]:
    if len(times) > 1:
        raise ItemError(
            f"holds {len(times)} frames, but a frame or a ready-made crop is one picture"
        )
    return [0]
