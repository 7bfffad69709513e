"""Augmentation of training crops: what cameras, codecs and uploads do to faces.

All functions take and return crops as uint8 arrays, shape (h, w, 3), RGB, 0 to 255, and draw from
the generator they are given, so that equal seeds give equal crops. No augmentation may imitate the
artefacts of a manipulation, or real crops would look like fakes. Distortions with a strength are
in `stages.train.distortions`; video recompression, which needs several consecutive crops, is in
`stages.train.recompress`.
"""

import cv2
import numpy as np

from stages.train.distortions import DISTORTIONS
from stages.train.params import Affine, AugmentParams, ColorJitter, Distortion

_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


def augment(crop: np.ndarray, params: AugmentParams, rng: np.random.Generator) -> np.ndarray:
    """Augment a crop at random.

    The order follows how a picture comes about: pose, light, then the distortions.
    """
    if rng.random() < params.flip:
        crop = cv2.flip(crop, 1)
    crop = affine(crop, params.affine, rng)
    crop = color_jitter(crop, params.color_jitter, rng)
    for name, distort in DISTORTIONS.items():
        distortion_params: Distortion = getattr(params, name)
        if rng.random() < distortion_params.probability:
            strength = rng.uniform(distortion_params.low, distortion_params.high)
            crop = distort(crop, strength, rng)
    return np.ascontiguousarray(crop)


def affine(crop: np.ndarray, params: Affine, rng: np.random.Generator) -> np.ndarray:
    """Rotate, zoom and shift in one resampling; the border is mirrored."""
    turn, zoom, right, down = rng.uniform(-1, 1, 4)
    height, width = crop.shape[:2]
    matrix = cv2.getRotationMatrix2D(
        ((width - 1) / 2, (height - 1) / 2), turn * params.rotate, 1 + zoom * params.zoom
    )
    matrix[:, 2] += (right * params.shift * width, down * params.shift * height)
    if np.array_equal(matrix, np.eye(2, 3)):
        return crop
    return cv2.warpAffine(
        np.ascontiguousarray(crop),
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def color_jitter(crop: np.ndarray, params: ColorJitter, rng: np.random.Generator) -> np.ndarray:
    """Change brightness, contrast, gamma, white balance, saturation and hue.

    Hue turns the colours around the grey axis in YIQ, which keeps the luma, and saturation moves
    them to it or away from it.
    """
    light, spread, power, colour, turn, *channels = rng.uniform(-1, 1, 8)
    if not any(vars(params).values()):
        return crop
    crop = np.ascontiguousarray(crop)
    mean = np.array(cv2.sumElems(crop)[:3]) / crop[..., 0].size
    # Each channel's 256 values are changed once, and looked up
    values = 255 * (np.arange(256) / 255) ** ((1 + params.gamma) ** power)
    values = (values[:, None] - mean) * (1 + spread * params.contrast) + mean
    gain = (1 + light * params.brightness) * (1 + np.array(channels) * params.white_balance)
    table = np.clip(np.rint(values * gain), 0, 255).astype(np.uint8)
    crop = cv2.LUT(crop, table[:, None])
    if not (params.saturation or params.hue):
        return crop
    angle = np.radians(turn * params.hue)
    cos, sin = (1 + colour * params.saturation) * np.array([np.cos(angle), np.sin(angle)])
    matrix = _FROM_YIQ @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ _TO_YIQ
    return cv2.transform(crop, matrix)
