"""Scale and encode frames for storage."""

import cv2
import numpy as np

from stages.common.picture import encode_png

SUFFIX = {"png": ".png", "jpeg": ".jpg"}


def scale_of(width: int) -> float:
    """Return the factor by which DFDetect's rule scales a frame of `width` pixels.

    The rule keeps faces at the sizes that detectors of its time were designed for
    (github.com/aaronchong888/DeepFake-Detect, ``00-convert_video_to_image.py``).
    """
    if width > 1900:
        return 1 / 3
    if width > 1000:
        return 1 / 2
    if width < 300:
        return 2
    return 1


def scaled(pixels: np.ndarray, factor: float) -> np.ndarray:
    """Scale a picture of shape (h, w, 3): down by area averaging, up by bilinear interpolation."""
    if factor == 1:
        return pixels
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    interpolation = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(pixels, (width, height), interpolation=interpolation)


def encode(pixels: np.ndarray, kind: str, jpeg_quality: int) -> bytes:
    """Encode a picture.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (h, w, 3)
        RGB.
    kind : {"png", "jpeg"}
        Format; PNG is lossless.
    jpeg_quality : int
        1 to 100; ignored for PNG.
    """
    if kind == "png":
        return encode_png(pixels)
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality])[1].tobytes()
