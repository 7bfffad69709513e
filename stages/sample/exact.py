"""Random numbers and filters whose results do not depend on the CPU (see the package)."""

import cv2
import numpy as np

FRACTION = 32  # steps to a pixel in OpenCV's fixed-point maps


def bell(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Bell-shaped values of mean 0 and standard deviation 1, at most 3.5 away from 0.

    Sums of four uniform values: NumPy's normal variates call the C library's logarithm.

    Returns
    -------
    ndarray of that shape, float64
    """
    first, second, third, fourth = rng.random((4, *shape))
    return (first + second + third + fourth - 2) * np.sqrt(3)


def levels(values: np.ndarray) -> np.ndarray:
    """The nearest of the 256 levels of a picture, uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur of a uint8 picture, which OpenCV computes in fixed point."""
    return cv2.GaussianBlur(picture, (0, 0), sigma, hint=cv2.ALGO_HINT_ACCURATE)


def sample(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """A picture sampled at other places, linear in between, edges repeated.

    Only OpenCV's linear `remap` of integers is computed in fixed point; its cubic one is not.

    Parameters
    ----------
    picture : ndarray of shape (height, width, channels), uint8
    at : ndarray of shape (rows, columns, 2), float64
        Coordinates (x, y) in `picture`, rounded to 1/32 pixel.

    Returns
    -------
    ndarray of shape (rows, columns, channels), uint8
    """
    steps = np.rint(at * FRACTION).astype(np.int32)
    whole, rest = steps // FRACTION, steps % FRACTION
    weights = (rest[..., 1] * FRACTION + rest[..., 0]).astype(np.uint16)
    return cv2.remap(
        picture, whole.astype(np.int16), weights, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
