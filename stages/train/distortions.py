"""The registry of distortions, each applied to a random share of the training crops.

A distortion takes a crop as a uint8 array, shape (h, w, 3), RGB, 0 to 255, a strength and a random
generator, and returns a crop of the same shape and type. None may imitate the artefacts of a
manipulation, or real crops would look like fakes.
"""

from collections.abc import Callable

import cv2
import numpy as np


def downscale(crop: np.ndarray, kept: float, rng: np.random.Generator) -> np.ndarray:
    """Shrink the sides to the fraction `kept`, then enlarge again to the original size."""
    height, width = crop.shape[:2]
    small = (max(1, round(kept * width)), max(1, round(kept * height)))
    shrunk = cv2.resize(crop, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(shrunk, (width, height), interpolation=cv2.INTER_LINEAR)


def blur(crop: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Apply a Gaussian blur with a `sigma` in pixels."""
    return cv2.GaussianBlur(crop, (0, 0), max(sigma, 1e-3))


def add_noise(crop: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Add independent Gaussian noise to each value, with a `sigma` in levels of 255."""
    noise = rng.standard_normal(crop.shape, np.float32)
    return cv2.add(crop, sigma * noise, dtype=cv2.CV_8U)  # rounds, and clips to 0 to 255


def compress(crop: np.ndarray, quality: float, rng: np.random.Generator) -> np.ndarray:
    """Encode as JPEG with `quality`, 1 to 100, and decode again."""
    _, encoded = cv2.imencode(".jpg", crop[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB)
    assert decoded is not None  # OpenCV has just encoded it
    return decoded


def erase(crop: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Cover a random rectangle, `share` of the area, with grey (Zhong et al., AAAI 2020)."""
    height, width = crop.shape[:2]
    aspect = np.exp(rng.uniform(np.log(0.5), np.log(2)))
    tall = min(height, round(height * np.sqrt(share * aspect)))
    wide = min(width, round(width * np.sqrt(share / aspect)))
    top = rng.integers(height - tall + 1)
    left = rng.integers(width - wide + 1)
    erased = crop.copy()
    erased[top : top + tall, left : left + wide] = 127
    return erased


DISTORTIONS: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "downscale": downscale,
    "blur": blur,
    "noise": add_noise,
    "jpeg": compress,
    "erase": erase,
}
"""The keys are the sections in ``recipe.augment`` of params.yaml. The order follows how a picture
comes about: optics, sensor, storage, and last an occlusion of the face."""
