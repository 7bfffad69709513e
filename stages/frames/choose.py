"""Choose which frames of a clip are stored, by their presentation times."""

import numpy as np

from stages.common.clips import SINGLE_FRAMES, ClipParams
from stages.common.errors import ItemError
from stages.common.spread import spread


def choose_frames(
    times: np.ndarray, max_frames: int, interval: float | None, clip: ClipParams = SINGLE_FRAMES
) -> np.ndarray:
    """Choose frames of a video.

    Parameters
    ----------
    times : ndarray of float, shape (n,)
        Presentation time of each frame in seconds, ascending from 0.
    max_frames : int
        Maximum number of frames, or of first frames of clips.
    interval : float or None
        Seconds between frames: the first frame at or after each multiple is a candidate, and
        `max_frames` are spread over the candidates. None spreads them over all frames.
    clip : ClipParams
        Which frames follow each of these.

    Returns
    -------
    ndarray of int64
        Indices of the chosen frames, ascending and unique.

    Raises
    ------
    ItemError
        The video is shorter than a clip.
    """
    if len(times) < clip.span:
        raise ItemError(
            f"has {len(times)} frames: a clip of {clip.frames}, {clip.stride} apart, takes "
            f"{clip.span} (frames.clip)"
        )
    first = _first(times[: len(times) - clip.span + 1], max_frames, interval)
    return np.unique(first[:, None] + clip.stride * np.arange(clip.frames))


def _first(times: np.ndarray, max_frames: int, interval: float | None) -> np.ndarray:
    if interval is None:
        return spread(len(times), max_frames)
    # Tolerate a microsecond, since containers round presentation times
    due = np.floor((times + 1e-6) / interval)
    candidates = np.flatnonzero(np.diff(due, prepend=-1) > 0)
    return candidates[spread(len(candidates), max_frames)]
