"""Tracks of a fake whose person was left as in the original.

Where one of two persons was changed, as in some clips of DFDC, the other one is real in a fake.
"""

from collections.abc import Callable

import cv2
import numpy as np
import pandas as pd

from stages.faces.merge import BOX

_BLOCKS = 16  # along each side of a box
_QUANTILE = 0.9
_SHARE_OF_FACES = 0.5


def change(fake: np.ndarray, original: np.ndarray, box: np.ndarray) -> float:
    """Measure how much a face differs from what the original shows in its place.

    The box is averaged over 16 × 16 blocks, which removes most of what another encoding changes,
    and the result is the difference that a tenth of the blocks exceeds: a change of the mouth alone
    counts as well.

    Parameters
    ----------
    fake, original : ndarray of uint8, shape (height, width, 3)
        Frames of the same time and size, RGB.
    box : ndarray of float, shape (4,)
        Left, top, width, height in pixels.

    Returns
    -------
    float
        In levels, 0 to 255, mean of the three channels; infinite if the box is outside the frame.
    """
    height, width = fake.shape[:2]
    left, right = np.clip(np.round([box[0], box[0] + box[2]]).astype(int), 0, width)
    top, bottom = np.clip(np.round([box[1], box[1] + box[3]]).astype(int), 0, height)
    if left == right or top == bottom:
        return np.inf
    blocks = [
        cv2.resize(
            frame[top:bottom, left:right].astype(np.float32),
            (_BLOCKS, _BLOCKS),
            interpolation=cv2.INTER_AREA,
        )
        for frame in (fake, original)
    ]
    difference = np.abs(blocks[0] - blocks[1]).mean(axis=2)
    return float(np.quantile(difference, _QUANTILE))


def unchanged_tracks(
    faces: pd.DataFrame,
    frames: Callable[[int], tuple[np.ndarray, np.ndarray] | None],
    min_change: float,
) -> pd.Series:
    """Find the tracks of a fake that equal its original, as their change by track number.

    Parameters
    ----------
    faces : DataFrame
        The kept faces of the item: ``frame``, ``track`` and box.
    frames : callable
        From the number of a frame to the fake's picture and the original's, or None if there is no
        frame of the original of that time and size.
    min_change : float
        Tracks whose median `change` is below are unchanged.

    Returns
    -------
    Series of float, index of int
        Never all tracks: something in a fake was changed, so that the one that differs most is
        kept. A track is compared if the original has at least half of its faces' frames.
    """
    changes = pd.Series(np.nan, faces.index)
    for frame, of_frame in faces.groupby("frame"):
        pictures = frames(int(frame))
        if pictures is not None:
            boxes = of_frame[BOX].to_numpy(float)
            changes[of_frame.index] = [change(*pictures, box) for box in boxes]
    of_tracks = changes.groupby(faces["track"])
    compared = of_tracks.count() >= _SHARE_OF_FACES * of_tracks.size()
    of_track = of_tracks.median().where(compared, np.inf)
    below = of_track[of_track < min_change]
    return below.drop(below.idxmax()) if len(below) == len(of_track) > 0 else below
