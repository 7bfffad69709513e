"""A simulated camera: the same blur and sensor noise for the pristine clip and its fake."""

from dataclasses import dataclass

import cv2
import numpy as np

FOCUS = (0.0, 0.9)  # standard deviation of the blur in pixels
NOISE = (0.0, 3.0)  # standard deviation in grey levels, of 255
QUALITY = (16, 27)  # x264's constant rate factor


@dataclass(frozen=True)
class Camera:
    """The settings of one camera and its encoder.

    Attributes
    ----------
    focus : float
        Standard deviation of the blur in pixels.
    noise : float
        Standard deviation of the sensor noise in grey levels, of 255.
    quality : int
        Constant rate factor of the x264 encoder.
    grain : list of int
        Seed of the noise; both clips of a group get the same noise.
    """

    focus: float
    noise: float
    quality: int
    grain: list[int]

    def shoot(self, frames: np.ndarray) -> np.ndarray:
        """Apply the camera's blur and noise to rendered frames.

        Parameters
        ----------
        frames : ndarray of shape (frames, height, width, 3), float32
            RGB in [0, 1].

        Returns
        -------
        ndarray of the same shape, uint8
            RGB.
        """
        rng = np.random.default_rng(self.grain)
        shot = np.empty(frames.shape, np.uint8)
        for index, frame in enumerate(frames):
            if self.focus > 0.1:  # a narrower Gaussian would cover a single pixel
                frame = cv2.GaussianBlur(frame, (0, 0), self.focus)
            noise = self.noise * rng.standard_normal(frame.shape, np.float32)
            shot[index] = np.clip(np.rint(255 * frame + noise), 0, 255)
        return shot


def draw_camera(rng: np.random.Generator) -> Camera:
    """Draw a camera at random."""
    return Camera(
        focus=rng.uniform(*FOCUS),
        noise=rng.uniform(*NOISE),
        quality=int(rng.integers(*QUALITY, endpoint=True)),
        grain=rng.integers(2**32, size=4).tolist(),
    )
