"""Choose which frames of a clip are stored, by their presentation times."""

import numpy as np

from stages.common.spread import spread


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
