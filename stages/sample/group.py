"""A group: one pristine clip and one fake made from it, shot with the same camera."""

from dataclasses import dataclass

import numpy as np

from stages.sample.camera import Camera, draw_camera
from stages.sample.manipulate import METHODS, draw_forger
from stages.sample.params import SampleParams
from stages.sample.scene import draw_scene


@dataclass(frozen=True)
class Group:
    """The frames of both clips of a group.

    Attributes
    ----------
    names : tuple of str
        File names of the pristine clip and of the fake.
    pristine, fake : ndarray of shape (frames, height, width, 3), uint8
        RGB.
    landmarks : ndarray of shape (frames, n, 2), float32
        Landmarks of the face in both clips: (x, y) in pixels.
    camera : Camera
        The camera of both clips.
    """

    names: tuple[str, str]
    pristine: np.ndarray
    fake: np.ndarray
    landmarks: np.ndarray
    camera: Camera


def render_group(stream: list[int], method: str, params: SampleParams) -> Group:
    """Render one group.

    Parameters
    ----------
    stream : list of int
        Seed of this group alone, so that its content does not depend on the other groups.
    method : str
        Manipulation of the fake, a key of `manipulate.METHODS`.
    params : SampleParams
        Number and size of the frames.
    """
    rng = np.random.default_rng(stream)
    names = draw_name(rng), draw_name(rng)
    forger, camera = draw_forger(rng), draw_camera(rng)
    scene = draw_scene(rng, params.frames, params.width, params.height)
    targets = [scene.view(index) for index in range(params.frames)]
    sources = targets
    if method == "swap":
        # The donor appears in no other group: otherwise one person could be in two splits.
        donor = draw_scene(rng, params.frames, params.width, params.height)
        sources = [donor.view(index) for index in range(params.frames)]
    forged = [
        METHODS[method](target, source, forger)
        for target, source in zip(targets, sources, strict=True)
    ]
    return Group(
        names=names,
        pristine=camera.shoot(np.stack([target.picture for target in targets])),
        fake=camera.shoot(np.stack(forged)),
        landmarks=np.stack([target.landmarks for target in targets]),
        camera=camera,
    )


def draw_name(rng: np.random.Generator) -> str:
    """Draw a file name like DFDC's: ten random letters."""
    return "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 10)) + ".mp4"
