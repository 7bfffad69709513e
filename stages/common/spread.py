"""Choose frames that are spread over a clip."""

import numpy as np


def spread(count: int, wanted: int) -> np.ndarray:
    """Choose `wanted` of `count` frames, evenly spread: the middle one of each equal part.

    Parameters
    ----------
    count : int
        Number of frames to choose from.
    wanted : int
        Number of frames to choose; if `count` is smaller, all are chosen.

    Returns
    -------
    ndarray of int64, shape (min(count, wanted),)
        Indices, ascending and unique.
    """
    parts = min(count, wanted)
    return (2 * np.arange(parts) + 1) * count // (2 * max(parts, 1))
