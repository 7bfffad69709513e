"""A made-up person: the photograph's with another geometry and other colours."""

from dataclasses import dataclass

import numpy as np

from stages.sample import fields
from stages.sample.photograph import FACE_CENTRE, LANDMARKS, person

# Displacement of the face in pixels of the photograph, for each scale of the warp (nodes to
# the side of a square of 400 pixels around the face). The face is 85 pixels wide.
WARP = {5: 4.5, 14: 1.5}
ASYMMETRY = 0.3
WARP_REACH = 200.0


@dataclass(frozen=True)
class Identity:
    """One made-up person in the photograph's coordinates.

    Attributes
    ----------
    portrait : ndarray of shape (512, 512, 4), float32
        Red, green, blue and matte in [0, 1], in the photograph's geometry.
    source : ndarray of shape (512, 512, 2), float32
        For each pixel of this person's picture, where in `portrait` it comes from.
    landmarks : ndarray of shape (n, 2), float32
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
    ndarray of shape (height, width, 2), float32
        Zero far away from the face.
    """
    side = int(2 * WARP_REACH)
    square = np.zeros((side, side, 2), np.float32)
    for cells, strength in WARP.items():
        square += strength * fields.noise(rng, side, side, cells, 2)
    mirrored = square[:, ::-1] * np.array([-1, 1], np.float32)
    mixed = ((1 + ASYMMETRY) * square + (1 - ASYMMETRY) * mirrored) / 2
    offset = fields.grid(width, height) - np.array(FACE_CENTRE, np.float32)
    fade = np.clip(2 - 2 * np.linalg.norm(offset, axis=2) / WARP_REACH, 0, 1)
    return fields.sample(mixed, offset + np.float32(WARP_REACH)) * fade[..., None]


def recolour(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other skin, hair and clothes: a random tone curve and saturation, without any seam.

    Parameters
    ----------
    rgb : ndarray of shape (height, width, 3), float32
        Values in [0, 1].
    """
    darker = rng.normal(0, 0.22)
    curve = np.exp(darker + rng.normal(0, 0.08, 3)).astype(np.float32)
    toned = np.clip(rgb, 0, 1) ** curve
    grey = toned.mean(axis=2, keepdims=True)
    return np.clip(grey + (toned - grey) * np.float32(rng.uniform(0.6, 1.2)), 0, 1)


def invert(source: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where the `points` of the source picture end up, by fixed-point iteration."""
    moved = points
    for _ in range(12):
        moved = moved - (fields.values_at(source, moved) - points)
    return moved
