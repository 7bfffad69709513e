"""Trivial image features, which would reveal artefacts of how a dataset was made."""

import cv2
import numpy as np

BRIGHTNESS = 0
"""Index of `brightness` in the vector of `features`."""

_JPEG_QUALITY = 90
_COLOUR_BINS = 8


def brightness(picture: np.ndarray) -> float:
    """Mean of the luma (BT.601), 0 to 255, of an RGB picture, uint8 of shape (h, w, 3)."""
    return float(luma(picture).mean())


def contrast(picture: np.ndarray) -> float:
    """Standard deviation of the luma of an RGB picture, uint8 of shape (h, w, 3)."""
    return float(luma(picture).std())


def colour_histogram(picture: np.ndarray) -> np.ndarray:
    """Histogram of each channel, R, G and B, in 8 equal bins, as shares of the pixels.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        RGB.

    Returns
    -------
    ndarray of float64, shape (24,)
    """
    counts = [
        np.bincount(picture[..., channel].ravel() // (256 // _COLOUR_BINS), minlength=_COLOUR_BINS)
        for channel in range(3)
    ]
    return np.concatenate(counts) / picture[..., 0].size


def sharpness(picture: np.ndarray) -> float:
    """Logarithm of the variance of the Laplacian (Pech-Pacheco et al., 2000) of the luma."""
    return float(np.log1p(cv2.Laplacian(luma(picture), cv2.CV_64F).var()))


def jpeg_size(picture: np.ndarray) -> float:
    """Logarithm of the size in bytes of an RGB picture as a JPEG of quality 90."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return float(np.log(encoded.size))


def luma(picture: np.ndarray) -> np.ndarray:
    """Luma of an RGB picture, uint8 of shape (h, w)."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def features(picture: np.ndarray) -> np.ndarray:
    """Concatenate all features of a picture into one vector.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        RGB, at its stored size: resizing would hide the very artefacts that the baseline looks
        for.

    Returns
    -------
    ndarray of float64, shape (28,)
    """
    single = [brightness(picture), contrast(picture), sharpness(picture), jpeg_size(picture)]
    return np.concatenate([single, colour_histogram(picture)])
