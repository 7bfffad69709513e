"""Where a tracked face is, and what it scores, between the frames that were scored."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Track:
    """One person's observations.

    Attributes
    ----------
    person : int
        Number of the track.
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
        """Box and P(fake) at a time.

        Both change linearly between observations, and are those of the first or last one for
        `reach` seconds before and after.

        Returns
        -------
        tuple of ndarray of float64, shape (4,), and float, or None
            None where the person is out of sight.
        """
        if not self.times[0] - reach <= time <= self.times[-1] + reach:
            return None
        box = np.array([np.interp(time, self.times, side) for side in self.boxes.T])
        return box, float(np.interp(time, self.times, self.p_fake))


def reach_of(times: np.ndarray) -> float:
    """Half the largest step between the scored frames, so that marks fill the clip and no more."""
    if len(times) < 2:
        return float("inf")
    return float(np.diff(np.sort(times)).max() / 2) + 1e-6
