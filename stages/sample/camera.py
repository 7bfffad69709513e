"""The camera that shoots a group: focus and sensor noise, the same for pristine and fake."""

from dataclasses import dataclass

import numpy as np

from stages.sample.exact import bell, blur, levels

FOCUS = (0.0, 0.9)  # standard deviation of the blur in pixels
NOISE = (0.0, 3.0)  # standard deviation in levels of 255
QUALITY = (16, 27)  # x264's constant rate factor


@dataclass(frozen=True)
class Camera:
    """One camera and one upload.

    Attributes
    ----------
    focus : float
        Standard deviation of the blur in pixels.
    noise : float
        Standard deviation of the sensor's noise in levels of 255.
    quality : int
        Constant rate factor of the x264 encoder.
    grain : list of int
        Seed of the noise: all clips of a group get the same.
    """

    focus: float
    noise: float
    quality: int
    grain: list[int]

    def shoot(self, frames: np.ndarray) -> np.ndarray:
        """Turn scenes into pictures.

        Parameters
        ----------
        frames : ndarray of shape (frames, height, width, 3), uint8
            Red, green, blue.

        Returns
        -------
        ndarray of the same shape, uint8
        """
        rng = np.random.default_rng(self.grain)
        shot = np.empty_like(frames)
        for index, frame in enumerate(frames):
            if self.focus > 0.1:  # a narrower kernel would be a single pixel
                frame = blur(frame, self.focus)
            shot[index] = levels(frame + self.noise * bell(rng, *frame.shape))
        return shot


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera at random."""
    return Camera(
        focus=rng.uniform(*FOCUS),
        noise=rng.uniform(*NOISE),
        quality=int(rng.integers(*QUALITY, endpoint=True)),
        grain=rng.integers(2**32, size=4).tolist(),
    )
