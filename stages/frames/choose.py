"""Which frames of a clip are stored, by the times at which they are shown."""

import numpy as np


def spread(count: int, wanted: int) -> np.ndarray:
    """Indices of `wanted` items spread evenly over `count`, the middle of each equal part.

    Parameters
    ----------
    count : int
        Number of items there are.
    wanted : int
        Number of items asked for; if there are fewer, all of them are chosen.

    Returns
    -------
    ndarray of int64, shape (min(count, wanted),)
        Ascending and unique.
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
        Frames at most.
    interval : float or None
        The first frame at or after each multiple of so many seconds, `max_frames` of these if
        there are more; None spreads `max_frames` over all frames.

    Returns
    -------
    ndarray of int64
        Indices of frames, ascending and unique.
    """
    if interval is None:
        return spread(len(times), max_frames)
    # A frame shown a microsecond early, by its container's rounding, still counts as in time
    due = np.floor((times + 1e-6) / interval)
    candidates = np.flatnonzero(np.diff(due, prepend=-1) > 0)
    return candidates[spread(len(candidates), max_frames)]
