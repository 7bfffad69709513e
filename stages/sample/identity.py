"""Synthetic identities: the person in the photograph, warped and recoloured."""

from dataclasses import dataclass

import numpy as np

from stages.sample import fields
from stages.sample.photograph import FACE_CENTRE, LANDMARKS, person

# Standard deviation of the displacement in pixels of the photograph, for each scale of the warp
# (cells along the side of a 400-pixel square around the face). The face is 85 pixels wide.
WARP = {5: 4.5, 14: 1.5}
ASYMMETRY = 0.3
WARP_REACH = 200.0


@dataclass(frozen=True)
class Identity:
    """One synthetic person in the photograph's coordinates.

    Attributes
    ----------
    portrait : ndarray of shape (512, 512, 4), float32
        RGB and matte in [0, 1], in the photograph's geometry.
    source : ndarray of shape (512, 512, 2), float32
        For each pixel of this person's picture, the coordinates (x, y) in `portrait` to sample.
    landmarks : ndarray of shape (n, 2), float32
        `photograph.LANDMARKS` in this person's geometry.
    """

    portrait: np.ndarray
    source: np.ndarray
    landmarks: np.ndarray


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a random identity."""
    portrait = person()
    height, width = portrait.shape[:2]
    source = fields.grid(width, height) + draw_warp(rng, width, height)
    return Identity(
        portrait=np.dstack([recolour(portrait[..., :3], rng), portrait[..., 3]]),
        source=source,
        landmarks=invert(source, LANDMARKS),
    )


def draw_warp(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draw a smooth displacement of the face, mostly symmetrical because faces are.

    Returns
    -------
    ndarray of shape (height, width, 2), float32
        In pixels; zero far away from the face.
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
    """Change skin, hair and clothes by a random tone curve and saturation.

    The change is global, so that it leaves no seam.

    Parameters
    ----------
    rgb : ndarray of shape (height, width, 3), float32
        RGB in [0, 1].
    """
    darker = rng.normal(0, 0.22)
    curve = np.exp(darker + rng.normal(0, 0.08, 3)).astype(np.float32)
    toned = np.clip(rgb, 0, 1) ** curve
    grey = toned.mean(axis=2, keepdims=True)
    return np.clip(grey + (toned - grey) * np.float32(rng.uniform(0.6, 1.2)), 0, 1)


def invert(source: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Find where `points` of the source picture end up, by fixed-point iteration."""
    moved = points
    for _ in range(12):
        moved = moved - (fields.values_at(source, moved) - points)
    return moved
