"""Scenes: a moving person in front of a background, with lighting, before the camera."""

from dataclasses import dataclass

import cv2
import numpy as np

from stages.sample import fields
from stages.sample.identity import Identity, draw_identity
from stages.sample.photograph import CHIN, FACE_CENTRE, JAW_ENDS, LOWER_LIP, MOUTH_CORNERS

FACE_SCALE = (0.62, 0.74)  # frame pixels per photograph pixel, at a frame height of 192


@dataclass(frozen=True)
class Motion:
    """Pose and expression of the person in each frame.

    Attributes
    ----------
    poses : ndarray of shape (frames, 2, 3), float64
        Affine map from the photograph's coordinates to the frame's.
    expressions : ndarray of shape (frames, 2)
        How far the jaw opens and the corners of the mouth move outwards, in hundredths of the
        face's width.
    """

    poses: np.ndarray
    expressions: np.ndarray


def draw_motion(rng: np.random.Generator, frames: int, width: int, height: int) -> Motion:
    """Draw a slow movement of head and mouth."""
    at = (width * rng.uniform(0.42, 0.58), height * rng.uniform(0.44, 0.52))
    scale = height / 192 * rng.uniform(*FACE_SCALE)
    sway = draw_sway(rng, frames, 5)
    x, y = at[0] + 3 * sway[:, 0], at[1] + 2 * sway[:, 1]
    roll = np.radians(rng.normal(0, 2) + 2 * sway[:, 2])
    # Turning the head makes it look narrower.
    nearer = scale * (1 + 0.02 * sway[:, 3])
    wide, high = nearer * (1 + rng.normal(0, 0.03) + 0.015 * sway[:, 4]), nearer
    cos, sin = np.cos(roll), np.sin(roll)
    linear = np.moveaxis(np.array([[wide * cos, -high * sin], [wide * sin, high * cos]]), 2, 0)
    shift = np.stack([x, y], axis=1) - (linear * np.array(FACE_CENTRE)).sum(axis=2)
    mouth = draw_sway(rng, frames, 2)
    expressions = np.stack([2.5 + 2.5 * mouth[:, 0], 2.0 * mouth[:, 1]], axis=1)
    return Motion(np.concatenate([linear, shift[..., None]], axis=2), expressions)


def draw_sway(rng: np.random.Generator, frames: int, count: int) -> np.ndarray:
    """Draw slow sinusoids of random phase and amplitude 0.5 to 1, shape (frames, count)."""
    cycles, phase = rng.uniform(0.2, 0.8, count), rng.uniform(0, 2 * np.pi, count)
    time = np.arange(frames)[:, None] / frames
    return rng.uniform(0.5, 1, count) * np.sin(2 * np.pi * cycles * time + phase)


def draw_background(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draw smooth random colours, like a blurred room: (height, width, 3), float32 in [0, 1]."""
    tone = rng.uniform(0.2, 0.8) + rng.normal(0, 0.05, 3)
    patches = sum(
        strength
        * (
            fields.noise(rng, width, height, cells, 1)
            + 0.2 * fields.noise(rng, width, height, cells, 3)
        )
        for cells, strength in {3: 0.08, 9: 0.04, 40: 0.01}.items()
    )
    return np.clip(np.float32(tone) + patches, 0, 1)


def draw_light(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Draw uneven, coloured light: factors around 1, float32 of shape (height, width, 3)."""
    colour = rng.uniform(0.75, 1.15) * np.exp(rng.normal(0, 0.06, 3))
    slope = rng.normal(0, 0.18, 2) / width  # change over the width of the frame
    from_centre = fields.grid(width, height) - np.array([width / 2, height / 2], np.float32)
    fall = 1 + (from_centre * np.float32(slope)).sum(axis=2)
    return (np.clip(fall, 0.5, 1.5)[..., None] * colour).astype(np.float32)


@dataclass(frozen=True)
class View:
    """One frame of a scene.

    Attributes
    ----------
    picture : ndarray of shape (height, width, 3), float32
        RGB in [0, 1].
    landmarks : ndarray of shape (n, 2), float32
        `photograph.LANDMARKS` in this picture: (x, y) in pixels.
    """

    picture: np.ndarray
    landmarks: np.ndarray


@dataclass(frozen=True)
class Scene:
    """Everything that a clip shows: identity, motion, background and light."""

    identity: Identity
    motion: Motion
    background: np.ndarray
    light: np.ndarray

    def view(self, index: int) -> View:
        """Render one frame; the photograph is resampled only once."""
        height, width = self.background.shape[:2]
        pose = self.motion.poses[index]
        landmarks = cv2.transform(self.identity.landmarks[None], pose)[0]
        moved = express(landmarks, width, height, self.motion.expressions[index])
        at = cv2.transform(fields.grid(width, height) - moved, cv2.invertAffineTransform(pose))
        person = fields.sample(self.identity.portrait, fields.sample(self.identity.source, at))
        matte = np.clip(person[..., 3:], 0, 1)
        picture = (matte * person[..., :3] + (1 - matte) * self.background) * self.light
        landmarks = landmarks + fields.values_at(moved, landmarks)
        return View(np.clip(picture, 0, 1), landmarks)


def draw_scene(rng: np.random.Generator, frames: int, width: int, height: int) -> Scene:
    """Draw a new person with their own motion, background and light."""
    return Scene(
        identity=draw_identity(rng),
        motion=draw_motion(rng, frames, width, height),
        background=draw_background(rng, width, height),
        light=draw_light(rng, width, height),
    )


def express(landmarks: np.ndarray, width: int, height: int, expression: np.ndarray) -> np.ndarray:
    """Compute the displacement of the lower face for an expression.

    Parameters
    ----------
    landmarks : ndarray of shape (n, 2)
        (x, y) in pixels of the picture.
    width, height : int
        Size of the picture in pixels.
    expression : ndarray of shape (2,)
        How far the jaw opens and the corners of the mouth move outwards, in hundredths of the
        face's width.

    Returns
    -------
    ndarray of shape (height, width, 2), float32
        In pixels.
    """
    unit = face_width(landmarks) / 100
    opening, smile = expression
    points = landmarks[[LOWER_LIP, CHIN, *MOUTH_CORNERS]]
    moves = [(0, opening), (0, opening), (-smile, -smile / 3), (smile, -smile / 3)]
    return fields.bumps(width, height, points, unit * np.array(moves), sigma=16 * unit)


def face_width(landmarks: np.ndarray) -> float:
    """Return the distance between the ends of the jaw line in pixels."""
    left, right = landmarks[JAW_ENDS]
    return float(np.linalg.norm(right - left))
