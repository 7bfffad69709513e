"""Clips: crops of neighbouring frames of one person, side by side in one picture.

So laid out, a clip is a crop to every network, as in TALL (Xu et al., ICCV 2023).
"""

from math import isqrt
from typing import Literal

import numpy as np

from stages.common.numbers import Count
from stages.common.params import Section


class ClipParams(Section):
    """Which frames a crop shows.

    Attributes
    ----------
    frames : int
        How many; 1: a crop is one frame.
    stride : int
        Frames of the video from one to the next.
    """

    frames: Literal[1, 4, 9, 16]
    stride: Count

    @property
    def side(self) -> int:
        """Frames along each side of the picture."""
        return isqrt(self.frames)

    @property
    def span(self) -> int:
        """Frames of the video from the first of a clip to the last, both included."""
        return (self.frames - 1) * self.stride + 1


SINGLE_FRAMES = ClipParams(frames=1, stride=1)


def tile(frames: np.ndarray) -> np.ndarray:
    """Lay out frames row by row in a square.

    Parameters
    ----------
    frames : ndarray, shape (side * side, h, w, 3)
        In temporal order.

    Returns
    -------
    ndarray, shape (side * h, side * w, 3)
    """
    count, height, width, channels = frames.shape
    side = isqrt(count)
    rows = frames.reshape(side, side, height, width, channels).swapaxes(1, 2)
    return rows.reshape(side * height, side * width, channels)


def untile(picture: np.ndarray, side: int) -> np.ndarray:
    """Return the frames that `tile` laid out with `side` along each side."""
    height, width, channels = picture.shape
    rows = picture.reshape(side, height // side, side, width // side, channels).swapaxes(1, 2)
    return rows.reshape(side * side, height // side, width // side, channels)
