"""A group: a pristine clip and the fakes made from it, all shot with the same camera."""

from dataclasses import dataclass

import numpy as np

from stages.sample.camera import Camera, draw_camera
from stages.sample.cast import Cast
from stages.sample.manipulate import METHODS, WITH_DONOR, draw_forger
from stages.sample.params import SampleParams
from stages.sample.scene import Scene, View, draw_scene


@dataclass(frozen=True)
class Fake:
    """A fake of a group.

    Attributes
    ----------
    method : str
        A key of `manipulate.METHODS`.
    frames : ndarray of shape (frames, height, width, 3), uint8
        Red, green, blue.
    donor : str or None
        File name of the pristine clip whose person's face was put in, if there is one.
    """

    method: str
    frames: np.ndarray
    donor: str | None


@dataclass(frozen=True)
class Group:
    """All clips of a group as frames.

    Attributes
    ----------
    names : list of str
        File names of the pristine clip and of the fakes.
    pristine : ndarray of shape (frames, height, width, 3), uint8
        Red, green, blue.
    fakes : list of Fake
    landmarks : ndarray of shape (frames, n, 2), float64
        Where the face that the fakes change lies in all of them: (x, y) in pixels.
    camera : Camera
        Shot all of them.
    """

    names: list[str]
    pristine: np.ndarray
    fakes: list[Fake]
    landmarks: np.ndarray
    camera: Camera


def render_group(stream: list[int], cast: Cast, params: SampleParams) -> Group:
    """Render one group.

    Parameters
    ----------
    stream : list of int
        Seed of this group alone, the last its number: no other group changes what it shows,
        but the one before if `cast` is linked to that.
    cast : Cast
        Who is in it, and how it is forged.
    params : SampleParams
        Number and size of the frames.
    """
    rng = np.random.default_rng(stream)
    names = [draw_name(rng) for _ in range(1 + len(cast.fakes))]
    camera = draw_camera(rng)
    targets = views(draw_group_scene(stream, cast.persons, params), params)
    before = [*stream[:-1], stream[-1] - 1]
    fakes = []
    for number, method in enumerate(cast.fakes):
        own = np.random.default_rng([*stream, FAKES + number])
        forger, sources, donor = draw_forger(own), targets, None
        if method in WITH_DONOR and cast.linked:
            sources = views(draw_group_scene(before, 1, params), params)
            donor = draw_name(np.random.default_rng(before))
        elif method in WITH_DONOR:
            sources = views(draw_scene(own, params.frames, params.width, params.height), params)
        forged = [
            METHODS[method](target, source, forger)
            for target, source in zip(targets, sources, strict=True)
        ]
        fakes.append(Fake(method, camera.shoot(np.stack(forged)), donor))
    return Group(
        names=names,
        pristine=camera.shoot(np.stack([target.picture for target in targets])),
        fakes=fakes,
        landmarks=np.stack([target.landmarks for target in targets]),
        camera=camera,
    )


# Streams of a group's parts: a number is added to its own, not 0, which NumPy takes for none.
SCENE, FAKES = 1, 2


def draw_group_scene(stream: list[int], persons: int, params: SampleParams) -> Scene:
    """The scene of a group's pristine clip."""
    rng = np.random.default_rng([*stream, SCENE])
    return draw_scene(rng, params.frames, params.width, params.height, persons)


def views(scene: Scene, params: SampleParams) -> list[View]:
    """All frames of a scene."""
    return [scene.view(index) for index in range(params.frames)]


def draw_name(rng: np.random.Generator) -> str:
    """A file name like DFDC's: ten letters that say nothing."""
    return "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 10)) + ".mp4"
