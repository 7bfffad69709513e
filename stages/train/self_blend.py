"""Self-blended images: fakes made by blending a real face into a slightly altered copy of itself.

Implemented from the paper by Shiohara and Yamasaki (Detecting Deepfakes with Self-Blended Images,
CVPR 2022). Their mask is the elastically deformed convex hull of the facial landmarks. Here it is a
deformed ellipse, since a crop shows one centred face and not every detector gives landmarks.
"""

import cv2
import numpy as np

from stages.train.augment import affine, color_jitter
from stages.train.distortions import downscale
from stages.train.params import SelfBlended

_CORNERS = 64
_WAVES = np.arange(1, 5)
"""Frequencies of the outline's deformation; 1 shifts the ellipse and 2 stretches it."""


def self_blend(crop: np.ndarray, params: SelfBlended, rng: np.random.Generator) -> np.ndarray:
    """Blend a face into a copy of itself.

    The colours and the sharpness of one of the two, chosen at random, are changed, and the inner
    face is moved slightly. The result shows what forgeries have in common: a blending boundary,
    and colours, sharpness and landmarks that do not quite match.

    Parameters
    ----------
    crop : ndarray of uint8, shape (h, w, 3)
        A centred real face; RGB, 0 to 255.
    params : SelfBlended
        Strengths of the changes.
    rng : Generator
        Equal generators give equal fakes.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        The fake; RGB, 0 to 255.
    """
    altered = color_jitter(crop, params.color_jitter, rng)
    soft = downscale(altered, rng.uniform(params.detail.low, params.detail.high), rng)
    altered = soft if rng.random() < 0.5 else cv2.addWeighted(altered, 2, soft, -1, 0)
    inner, outer = (altered, crop) if rng.random() < 0.5 else (crop, altered)
    inner = affine(inner, params.affine, rng)
    weight = rng.choice(params.opacity) * mask(crop.shape[:2], params, rng)[..., None]
    return np.rint(outer + weight * (inner.astype(np.float32) - outer)).astype(np.uint8)


def mask(shape: tuple[int, int], params: SelfBlended, rng: np.random.Generator) -> np.ndarray:
    """Draw the blending mask: a deformed, centred ellipse with a soft edge.

    Returns
    -------
    ndarray of float32, shape `shape`
        From 0 (outside) to 1 (inside).
    """
    height, width = shape
    tall = height * rng.uniform(params.region.low, params.region.high)
    wide = tall * rng.uniform(params.aspect.low, params.aspect.high)
    around = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    bends = rng.normal(0, params.bend, _WAVES.size)
    starts = rng.uniform(0, 2 * np.pi, _WAVES.size)
    radius = 1 + np.cos(around[:, None] * _WAVES + starts) @ bends
    outline = np.column_stack(
        [
            (width + wide * radius * np.cos(around)) / 2,
            (height + tall * radius * np.sin(around)) / 2,
        ]
    )
    filled = np.zeros(shape, np.float32)
    cv2.fillPoly(filled, [np.rint(16 * (outline - 0.5)).astype(np.int32)], 1.0, shift=4)
    seam = height * rng.uniform(params.seam.low, params.seam.high)
    return cv2.GaussianBlur(filled, (0, 0), max(seam, 1e-3))
