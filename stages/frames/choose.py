"""Choose which frames of a clip are stored, by their presentation times."""

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


def choose_frames(times: np.ndarray, max_frames: int, interval: float | None) -> np.ndarray:
    """Choose frames of a clip.

    Parameters
    ----------
    times : ndarray of float, shape (n,)
        Presentation time of each frame in seconds, ascending from 0.
    max_frames : int
        Maximum number of frames.
    interval : float or None
        Seconds between frames: the first frame at or after each multiple is a candidate, and
        `max_frames` are spread over the candidates. None spreads them over all frames.

    Returns
    -------
    ndarray of int64
        Indices of the chosen frames, ascending and unique.
    """
    if interval is None:
        return spread(len(times), max_frames)
    # Tolerate a microsecond, since containers round presentation times
    due = np.floor((times + 1e-6) / interval)
    candidates = np.flatnonzero(np.diff(due, prepend=-1) > 0)
    return candidates[spread(len(candidates), max_frames)]
