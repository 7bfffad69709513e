"""Self-blended images: fakes made by blending a real face into a slightly altered copy of itself.

Implemented from the paper by Shiohara and Yamasaki (Detecting Deepfakes with Self-Blended Images,
CVPR 2022, arXiv 2204.08376). The constants below are those of its authors' public code
(mapooon/SelfBlendedImages, ``src/utils/sbi.py``, ``blend.py``, ``funcs.py``), its four hulls those
of the Face X-ray generator that this code calls. Everything happens in the pixels of the stored
crop, before it is resized to the network's input size. No number drawn depends on a crop's size, so
that the crops of a clip are altered alike by equal generators.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from stages.common.tables.detections import TEMPLATE

_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)
_SHIFT = np.array([0.03, 0.015])  # of the width, of the height
_ZOOM = 0.95
_RGB, _RGB_SHARE = 20, 0.3  # levels of 255; share of the pictures
_HSV = 1  # levels; the authors' limit of 0.3, rounded down by their library, is -1 or 0
_LIGHT = 0.1
_DOWNSCALE = (2, 4)
_SHARPEN, _LIGHTNESS = (0.2, 0.5), (0.5, 1.0)

_CANVAS = (125, 166)  # px; the authors' 192 to 256 for crops 2 faces wide, brought to ours of 1.3
_ELASTIC, _ELASTIC_SIGMA = 50, 7  # px of the canvas
_RADII = (2, 12)  # px of the canvas; of both blurs' kernels, which are 5 to 25 wide
_SOFT_SIGMA = (5, 45)  # px of the canvas; of the second blur
_FULL = 0.999  # of the first blur's maximum: what is below becomes 0, which moves the seam inwards

_JAW, _BROWS = range(17), range(17, 27)
_RIGHT_BROW, _LEFT_BROW = range(17, 22), range(22, 27)
_BRIDGE, _NOSTRILS = range(27, 31), range(31, 36)
_EYES = (range(36, 42), range(42, 48))
_TIP, _CHIN = 33, 8
_STRIPS = (
    (*_JAW[:9], 17), (*_JAW[8:], 26), (17, 18, 19, _CHIN), (24, 25, 26, _CHIN),
    (*range(19, 25), _CHIN), (*_RIGHT_BROW, 27, *_NOSTRILS, _CHIN),
    (*_LEFT_BROW, 27, *_NOSTRILS, _CHIN), (*_BRIDGE, *_NOSTRILS),
)  # fmt: skip

HULLS: dict[str, tuple[Sequence[Sequence[int]], bool]] = {
    "face": (((*_JAW, *_BROWS),), False),
    "jaw_and_eyes": ((_JAW, (0, 16, *_BROWS, _TIP), (*_BRIDGE, _TIP)), False),
    "strips": (_STRIPS, False),
    "strips_and_forehead": (_STRIPS, True),
}
"""Points, numbered as in dlib's 68, of the regions whose convex hulls a mask unites, and whether
the brows are raised by half of their distance from the eyes. The mouth is inside the jaw's hull."""


def _drawn_face() -> np.ndarray:
    """Draw a frontal face around `TEMPLATE`: points 0 to 47 of 68, float64 of shape (48, 2)."""
    turn = np.linspace(0, np.pi, 17)
    bent = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.8
    jaw = np.column_stack([0.5 - 0.362 * bent, 0.512 + 0.53 * np.sin(turn).clip(0) ** 0.8])
    along = np.linspace(0.2, 0.44, 5)
    brow = np.column_stack([along, 0.34 + 3.3 * (along - 0.34) ** 2])
    bridge = np.column_stack([np.full(4, 0.5), np.linspace(0.45, 0.61, 4)])
    nostrils = np.column_stack([np.linspace(0.43, 0.57, 5), [0.68, 0.69, 0.7, 0.69, 0.68]])
    mirrored = (brow * [-1, 1] + [1, 0])[::-1]
    eyes = np.repeat(TEMPLATE[:2], 6, axis=0)
    return np.concatenate([jaw, brow, mirrored, bridge, nostrils, eyes])


_DRAWN = _drawn_face()


def self_blend(
    crop: np.ndarray, landmarks: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Blend a face into a copy of itself.

    The colours and the sharpness of one of the two, chosen at random, are changed, and the inner
    one is moved slightly. The result shows what face swaps have in common: a blending boundary, and
    colours, sharpness and landmarks that do not quite match.

    Parameters
    ----------
    crop : ndarray of uint8, shape (h, w, 3)
        A real face as stored; RGB, 0 to 255.
    landmarks : ndarray of float, shape (5, 2) or (68, 2)
        Points x, y in pixels of the crop, as in the face table.
    rng : Generator
        Equal generators give equal fakes.

    Returns
    -------
    target : ndarray of uint8, shape (h, w, 3)
        The outer one of the two: the real face that the fake is to be told from.
    fake : ndarray of uint8, shape (h, w, 3)
        `target` with the other one blended in; RGB, 0 to 255.
    """
    altered = _altered(crop, rng)
    source, target = (altered, crop) if rng.random() < 0.5 else (crop, altered)
    size = np.array(crop.shape[1::-1])
    zoom = rng.uniform(_ZOOM, 1 / _ZOOM, 2)
    move = (1 - zoom) * (size - 1) / 2 + rng.uniform(-_SHIFT, _SHIFT) * size
    source = cv2.warpAffine(
        source,
        np.column_stack([np.diag(zoom), move]),
        size.tolist(),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    ratio = float(rng.choice(_RATIOS))
    weight = ratio * mask(landmarks * zoom + move, crop.shape[:2], rng)[..., None]
    fake = np.rint(target + weight * (source.astype(np.float32) - target)).astype(np.uint8)
    return target, fake


def mask(landmarks: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw a blending mask: convex hulls of landmarks, bent elastically, with a soft edge.

    Parameters
    ----------
    landmarks : ndarray of float, shape (5, 2) or (68, 2)
        Points x, y in pixels. With five points, a drawn frontal face is laid onto them.
    shape : (int, int)
        Height and width of the mask in pixels.
    rng : Generator
        Draws the hull (`HULLS`), its deformation and its edge.

    Returns
    -------
    ndarray of float32, shape `shape`
        From 0 (outside) to 1 (inside).
    """
    height, width = shape
    tall, wide = rng.integers(*_CANVAS, 2, endpoint=True)
    regions, raised = tuple(HULLS.values())[rng.integers(len(HULLS))]
    points = _face_points(landmarks)
    if raised:
        for brow, eye in zip((_RIGHT_BROW, _LEFT_BROW), _EYES, strict=True):
            points[brow] += (points[brow].mean(axis=0) - points[eye].mean(axis=0)) / 2
    points = points * [wide / width, tall / height]
    filled = np.zeros((tall, wide), np.float32)
    for region in regions:
        hull = cv2.convexHull(np.rint(points[list(region)]).astype(np.int32))
        cv2.fillConvexPoly(filled, hull, 1.0)

    noise = rng.uniform(-1, 1, (tall, wide, 2)).astype(np.float32)
    bends = _ELASTIC * cv2.GaussianBlur(noise, (0, 0), _ELASTIC_SIGMA)
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(tall, dtype=np.float32))
    bent = cv2.remap(filled, x + bends[..., 0], y + bends[..., 1], cv2.INTER_LINEAR)
    first, second = (2 * rng.integers(*_RADII, 2, endpoint=True) + 1).tolist()
    sigma = rng.uniform(*_SOFT_SIGMA)
    blurred = cv2.GaussianBlur(bent, (first, first), 0)
    inner = (blurred >= max(_FULL * blurred.max(), 1e-6)).astype(np.float32)
    soft = cv2.GaussianBlur(inner, (second, second), sigma)
    soft = cv2.resize(soft / max(soft.max(), 1e-6), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(soft, 0, 1)


def _face_points(landmarks: np.ndarray) -> np.ndarray:
    """Points 0 to 47 of 68; with five, those of the drawn face, turned, scaled and shifted."""
    if len(landmarks) != len(TEMPLATE):
        return landmarks[: len(_DRAWN)].copy()
    template, found, drawn = (points @ [1, 1j] for points in (TEMPLATE, landmarks, _DRAWN))
    system = np.column_stack([template, np.ones(len(template))])
    (turn, shift), *_ = np.linalg.lstsq(system, found, rcond=None)
    placed = turn * drawn + shift
    return np.column_stack([placed.real, placed.imag])


def _altered(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change colours, then halve or quarter the resolution, or sharpen."""
    shift = rng.integers(-_RGB, _RGB, 3, endpoint=True) * (rng.random() < _RGB_SHARE)
    hue, saturation, value = rng.integers(-_HSV, 0, 3, endpoint=True)
    light, spread = rng.uniform(-_LIGHT, _LIGHT, 2)
    levels = np.arange(256)
    crop = _looked_up(crop, *(levels + change for change in shift))
    hsv = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)
    hsv = _looked_up(hsv, (levels + hue) % 180, levels + saturation, levels + value)
    crop = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    crop = _looked_up(crop, *[(1 + spread) * levels + 255 * light] * 3)
    if rng.random() < 0.5:
        height, width = crop.shape[:2]
        factor = int(rng.choice(_DOWNSCALE))
        small = (max(1, width // factor), max(1, height // factor))
        small_crop = cv2.resize(crop, small, interpolation=cv2.INTER_NEAREST)
        return cv2.resize(small_crop, (width, height), interpolation=cv2.INTER_LINEAR)
    alpha, lightness = rng.uniform(*_SHARPEN), rng.uniform(*_LIGHTNESS)
    kernel = np.full((3, 3), -alpha)
    kernel[1, 1] = (1 - alpha) + alpha * (8 + lightness)
    return cv2.filter2D(crop, -1, kernel)


def _looked_up(picture: np.ndarray, *tables: np.ndarray) -> np.ndarray:
    """Replace the 256 values of each of three channels by those of its table, clipped."""
    table = np.clip(np.stack(tables, axis=-1), 0, 255).astype(np.uint8)
    return cv2.LUT(picture, table[:, None])
