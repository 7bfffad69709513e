"""Perceptual hashes, by which two encodings of one picture are known as one."""

from collections.abc import Collection

import cv2
import imagehash
import numpy as np
import scipy.fftpack  # noqa: F401 (imagehash imports it when it hashes, in each worker anew)
from PIL import Image

from stages.common.spread import spread

HASHED_FRAMES = 16
"""Frames of an item that are hashed at most; two items need one in common."""

_BITS_A_SIDE = 16
_SIDE = (
    128  # px; twice what the hash looks at, so that a large picture costs no more than a small one
)
_LEAST_SPREAD = 5.0  # standard deviation, of 255 levels; of a flatter picture the hash is of noise


def fingerprint(picture: np.ndarray) -> str:
    """Hash a picture, shape (h, w, 3), RGB, uint8.

    pHash (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010) says
    of each of the 16 x 16 lowest frequencies whether it exceeds their median.

    Returns
    -------
    str
        256 bits as 64 hexadecimal digits; empty if the picture is too flat.
    """
    shrinks = min(picture.shape[:2]) > _SIDE
    small = cv2.resize(
        cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY),
        (_SIDE, _SIDE),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    if small.std() < _LEAST_SPREAD:
        return ""
    return str(imagehash.phash(Image.fromarray(small), _BITS_A_SIDE))


def frames_to_hash(frames: Collection[int]) -> set[int]:
    """Choose at most `HASHED_FRAMES` of some frames, evenly spread."""
    ordered = sorted(frames)
    return {ordered[index] for index in spread(len(ordered), HASHED_FRAMES)}
