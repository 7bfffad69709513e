"""A group: one pristine clip, and one fake made from it and shot with the same camera."""

from dataclasses import dataclass

import numpy as np

from stages.sample.camera import Camera, draw_camera
from stages.sample.manipulate import draw_forger, reenact, self_blend, swap
from stages.sample.params import Sample
from stages.sample.scene import draw_scene


@dataclass(frozen=True)
class Group:
    """Both clips of a group as frames.

    Attributes
    ----------
    names : tuple of str
        File names of the pristine clip and of the fake.
    method : str
        How the fake was made.
    pristine, fake : ndarray of shape (frames, height, width, 3), uint8
        Red, green, blue.
    landmarks : ndarray of shape (frames, n, 2), float32
        Where the face of both is, (x, y) in pixels.
    camera : Camera
        Shot both.
    """

    names: tuple[str, str]
    method: str
    pristine: np.ndarray
    fake: np.ndarray
    landmarks: np.ndarray
    camera: Camera


def render_group(stream: list[int], method: str, sample: Sample) -> Group:
    """Render one group.

    Parameters
    ----------
    stream : list of int
        Seed of this group alone: what it shows depends on no other group.
    method : {"swap", "self_blended", "reenacted"}
        Manipulation of the fake.
    sample : Sample
        Number and size of the frames.
    """
    rng = np.random.default_rng(stream)
    names = draw_name(rng), draw_name(rng)
    scene = draw_scene(rng, sample.frames, sample.width, sample.height)
    # The donor belongs to this group only, or else one person would be in two splits.
    donor = draw_scene(rng, sample.frames, sample.width, sample.height)
    forger, camera = draw_forger(rng), draw_camera(rng)
    pristine, landmarks, fake = [], [], []
    for index in range(sample.frames):
        frame, points = scene.frame(index)
        pristine.append(frame)
        landmarks.append(points)
        if method == "swap":
            fake.append(swap(frame, points, *donor.frame(index), forger))
        elif method == "self_blended":
            fake.append(self_blend(frame, points, forger))
        else:
            fake.append(reenact(frame, points, forger))
    return Group(
        names=names,
        method=method,
        pristine=camera.shoot(np.stack(pristine)),
        fake=camera.shoot(np.stack(fake)),
        landmarks=np.stack(landmarks),
        camera=camera,
    )


def draw_name(rng: np.random.Generator) -> str:
    """A file name as DFDC's: ten letters that say nothing."""
    return "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 10)) + ".mp4"
