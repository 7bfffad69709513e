"""Interpolate the box and score of a tracked face between the scored frames."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Track:
    """The observations of one person.

    Attributes
    ----------
    person : int
        Number of the person, from 1.
    times : ndarray of float64, shape (n,)
        Seconds from the first frame, ascending.
    boxes : ndarray of float64, shape (n, 4)
        Left, top, width, height in pixels of the file's frames.
    p_fake : ndarray of float64, shape (n,)
        P(fake) of each observation.
    """

    person: int
    times: np.ndarray
    boxes: np.ndarray
    p_fake: np.ndarray

    def at(self, time: float, reach: float) -> tuple[np.ndarray, float] | None:
        """Box and P(fake) at a given time.

        Both are interpolated linearly between observations; for `reach` seconds before the first
        and after the last observation, they keep its values.

        Returns
        -------
        tuple of ndarray of float64, shape (4,), and float, or None
            None where the person is not visible.
        """
        if not self.times[0] - reach <= time <= self.times[-1] + reach:
            return None
        box = np.array([np.interp(time, self.times, side) for side in self.boxes.T])
        return box, float(np.interp(time, self.times, self.p_fake))


def reach_of(times: np.ndarray) -> float:
    """Half the largest gap between scored frames, so that marks cover the clip without excess."""
    if len(times) < 2:
        return float("inf")
    return float(np.diff(np.sort(times)).max() / 2) + 1e-6
