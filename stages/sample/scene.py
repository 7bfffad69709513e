"""Persons before a background, moving, in some light: the frames before any camera."""

from dataclasses import dataclass

import numpy as np

from stages.sample import affine, fields
from stages.sample.exact import bell, levels, sample
from stages.sample.identity import Identity, draw_identity
from stages.sample.photograph import CHIN, FACE_CENTRE, JAW_ENDS, LOWER_LIP, MOUTH_CORNERS

FACE_SCALE = (0.62, 0.74)  # pixels of a frame 192 pixels high to a pixel of the photograph
# Where the faces of one or two persons lie: least and largest share of the frame's width.
PLACES = {1: [(0.42, 0.58)], 2: [(0.26, 0.3), (0.7, 0.74)]}
KNOTS = 3  # of a movement; a clip lasts a second, so this makes it slow


@dataclass(frozen=True)
class Motion:
    """What a person does, frame by frame.

    Attributes
    ----------
    poses : ndarray of shape (frames, 2, 3), float64
        Affine map from the photograph's coordinates to the frame's.
    expressions : ndarray of shape (frames, 2)
        How far the jaw opens and the corners of the mouth move out, in hundredths of the
        face's width.
    """

    poses: np.ndarray
    expressions: np.ndarray


def draw_motion(
    rng: np.random.Generator, frames: int, width: int, height: int, place: tuple[float, float]
) -> Motion:
    """Draw a slow movement of head and mouth, at some place of the frame's width."""
    at = width * rng.uniform(*place), height * rng.uniform(0.44, 0.52)
    scale = height / 192 * rng.uniform(*FACE_SCALE)
    sway = draw_sway(rng, frames, 5)
    x, y = at[0] + 3 * sway[:, 0], at[1] + 2 * sway[:, 1]
    roll = 0.035 * (bell(rng) + sway[:, 2])  # tangent of the angle
    # A head that turns gets narrower.
    nearer = scale * (1 + 0.02 * sway[:, 3])
    wide, high = nearer * (1 + 0.03 * bell(rng) + 0.015 * sway[:, 4]), nearer
    cos = 1 / np.sqrt(1 + roll * roll)
    sin = roll * cos
    linear = np.moveaxis(np.array([[wide * cos, -high * sin], [wide * sin, high * cos]]), 2, 0)
    shift = np.stack([x, y], axis=1)
    for axis, centre in enumerate(FACE_CENTRE):
        shift -= linear[..., axis] * centre
    mouth = draw_sway(rng, frames, 2)
    expressions = np.stack([2.5 + 2.5 * mouth[:, 0], 2.0 * mouth[:, 1]], axis=1)
    return Motion(np.concatenate([linear, shift[..., None]], axis=2), expressions)


def draw_sway(rng: np.random.Generator, frames: int, count: int) -> np.ndarray:
    """Slow smooth movements around 0 within about -1 to 1, (frames, count)."""
    knots = rng.uniform(-1, 1, (KNOTS, count))
    return fields.stretch(knots, np.arange(frames) * (KNOTS - 1) / frames)


def draw_background(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """An out-of-focus room: smooth random colours, (height, width, 3), float64 in [0, 255]."""
    room = np.zeros((height, width, 3)) + rng.uniform(0.2, 0.8) + 0.05 * bell(rng, 3)
    for cells, strength in {3: 0.08, 9: 0.04, 40: 0.01}.items():
        room += strength * fields.noise(rng, width, height, cells, 1)
        room += 0.2 * strength * fields.noise(rng, width, height, cells, 3)
    return np.clip(255 * room, 0, 255)


def draw_light(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Light that falls unevenly, of some colour: factors of about 1, (height, width, 3)."""
    colour = rng.uniform(0.75, 1.15) * (1 + 0.06 * bell(rng, 3))
    slope = 0.18 * bell(rng, 2) / width  # change over the width of the frame
    from_centre = fields.grid(width, height) - np.array([width / 2, height / 2])
    fall = 1 + from_centre[..., 0] * slope[0] + from_centre[..., 1] * slope[1]
    return np.clip(fall, 0.5, 1.5)[..., None] * colour


@dataclass(frozen=True)
class View:
    """One frame of a scene.

    Attributes
    ----------
    picture : ndarray of shape (height, width, 3), uint8
        Red, green, blue.
    landmarks : ndarray of shape (n, 2), float64
        `photograph.LANDMARKS` of the first person as they lie in the picture: (x, y) in pixels.
    """

    picture: np.ndarray
    landmarks: np.ndarray


@dataclass(frozen=True)
class Person:
    """Somebody in a scene: who, and moving how."""

    identity: Identity
    motion: Motion


@dataclass(frozen=True)
class Scene:
    """All that a clip shows; fakes change the face of the first person."""

    persons: list[Person]
    background: np.ndarray
    light: np.ndarray

    def view(self, index: int) -> View:
        """Render one frame, sampling the photograph once."""
        picture = self.background
        for person in reversed(self.persons):  # the first stands in front
            picture, landmarks = add_person(picture, person, index)
        return View(levels(picture * self.light), landmarks)


def add_person(picture: np.ndarray, person: Person, index: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a person before it, float64 in [0, 255], and the person's landmarks."""
    height, width = picture.shape[:2]
    pose = person.motion.poses[index]
    landmarks = affine.transform(pose, person.identity.landmarks)
    moved = express(landmarks, width, height, person.motion.expressions[index])
    at = affine.transform(affine.inverse(pose), fields.grid(width, height) - moved)
    seen = sample(person.identity.portrait, fields.values_at(person.identity.source, at))
    matte = seen[..., 3:] / 255
    landmarks = landmarks + fields.values_at(moved, landmarks)
    return picture + matte * (seen[..., :3] - picture), landmarks


def draw_scene(
    rng: np.random.Generator, frames: int, width: int, height: int, persons: int = 1
) -> Scene:
    """Draw persons nobody has seen, in a place of their own."""
    return Scene(
        persons=[
            Person(draw_identity(rng), draw_motion(rng, frames, width, height, place))
            for place in rng.permutation(PLACES[persons])
        ],
        background=draw_background(rng, width, height),
        light=draw_light(rng, width, height),
    )


def express(landmarks: np.ndarray, width: int, height: int, expression: np.ndarray) -> np.ndarray:
    """Displacement of the lower face, (height, width, 2), in pixels.

    Parameters
    ----------
    landmarks : ndarray of shape (n, 2)
        (x, y) in pixels of the picture.
    width, height : int
        Size of the picture.
    expression : ndarray of shape (2,)
        How far the jaw opens and the corners of the mouth move out, in hundredths of the
        width of the face.
    """
    unit = face_width(landmarks) / 100
    opening, smile = expression
    points = landmarks[[LOWER_LIP, CHIN, *MOUTH_CORNERS]]
    moves = [(0, opening), (0, opening), (-smile, -smile / 3), (smile, -smile / 3)]
    return fields.bumps(width, height, points, unit * np.array(moves), radius=40 * unit)


def face_width(landmarks: np.ndarray) -> float:
    """Distance between the ends of the jaw line in pixels."""
    left, right = landmarks[JAW_ENDS]
    return float(affine.length(right - left))
