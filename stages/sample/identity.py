"""A made-up person: the photograph's with another geometry and other colours."""

from dataclasses import dataclass

import numpy as np

from stages.sample import fields
from stages.sample.affine import length
from stages.sample.exact import bell, levels
from stages.sample.photograph import FACE_CENTRE, LANDMARKS, person

# Displacement of the face in pixels of the photograph, for each scale of the warp (nodes to
# the side of a square of 400 pixels around the face). The face is 85 pixels wide.
WARP = {5: 4.5, 14: 1.5}
ASYMMETRY = 0.3
WARP_REACH = 200


@dataclass(frozen=True)
class Identity:
    """One made-up person in the photograph's coordinates.

    Attributes
    ----------
    portrait : ndarray of shape (512, 512, 4), uint8
        Red, green, blue and matte, in the photograph's geometry.
    source : ndarray of shape (512, 512, 2), float64
        For each pixel of this person's picture, where in `portrait` it comes from.
    landmarks : ndarray of shape (n, 2), float64
        `photograph.LANDMARKS` in this person's geometry.
    """

    portrait: np.ndarray
    source: np.ndarray
    landmarks: np.ndarray


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a person at random."""
    portrait = person()
    height, width = portrait.shape[:2]
    source = fields.grid(width, height) + draw_warp(rng, width, height)
    return Identity(
        portrait=np.dstack([recolour(portrait[..., :3], rng), portrait[..., 3]]),
        source=source,
        landmarks=invert(source, LANDMARKS),
    )


def draw_warp(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Smooth displacement around the face, in pixels, mostly symmetrical as faces are.

    Returns
    -------
    ndarray of shape (height, width, 2), float64
        Zero far away from the face.
    """
    side = 2 * WARP_REACH + 1
    square = np.zeros((side, side, 2))
    for cells, strength in WARP.items():
        square += strength * fields.noise(rng, side, side, cells, 2)
    mirrored = square[:, ::-1] * np.array([-1, 1])
    mixed = ((1 + ASYMMETRY) * square + (1 - ASYMMETRY) * mirrored) / 2
    fade = 2 - 2 * length(fields.grid(side, side) - WARP_REACH) / WARP_REACH
    faded = mixed * np.clip(fade, 0, 1)[..., None]
    # The square around the face ends outside of the photograph.
    left, top = FACE_CENTRE[0] - WARP_REACH, FACE_CENTRE[1] - WARP_REACH
    warp = np.zeros((height, width, 2))
    rows, columns = slice(max(top, 0), top + side), slice(max(left, 0), left + side)
    inside = warp[rows, columns]
    inside[:] = faded[max(-top, 0) :, max(-left, 0) :][: inside.shape[0], : inside.shape[1]]
    return warp


def recolour(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other skin, hair and clothes: a random tone curve and saturation, without any seam.

    The curve of a channel is v / (v + g (1 - v)) (Schlick, Graphics Gems IV, 1994), much like a
    gamma curve.

    Parameters
    ----------
    rgb : ndarray of shape (height, width, 3), uint8
    """
    darker = 0.16 * bell(rng) + 0.06 * bell(rng, 3)
    gain = (1 + darker) / (1 - darker)
    value = np.arange(256)[:, None] / 255
    curves = 255 * value / (value + gain * (1 - value))
    toned = np.stack([curves[rgb[..., channel], channel] for channel in range(3)], axis=-1)
    grey = ((toned[..., 0] + toned[..., 1] + toned[..., 2]) / 3)[..., None]
    return levels(grey + (toned - grey) * rng.uniform(0.6, 1.2))


def invert(source: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where the `points` of the source picture end up, by fixed-point iteration."""
    moved = points
    for _ in range(12):
        moved = moved - (fields.values_at(source, moved) - points)
    return moved
