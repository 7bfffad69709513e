"""Both detectors find every face, both of two persons too."""

import numpy as np
import pytest

from stages.sample.cast import CASTS
from stages.sample.group import render_group
from stages.sample.params import SampleParams

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def frames():
    """Frames with the number of persons in each."""
    sample = SampleParams(
        seed=7, groups=1, unseen_groups=1, frames=2, fps=12, width=256, height=192
    )
    shown = []
    for number, dataset in enumerate(CASTS.values()):
        for index in range(24):
            cast = dataset[index % len(dataset)]
            group = render_group([sample.seed, number, index], cast, sample)
            for clip in [group.pristine, *(fake.frames for fake in group.fakes)]:
                shown += [(frame, cast.persons) for frame in clip]
    return shown


def found_all(frames, find):
    """Shares of the frames of one and of two persons in which exactly these were found."""
    right = {1: [], 2: []}
    for frame, persons in frames:
        right[persons].append(len(find(frame)) == persons)
    return [np.mean(right[persons]) for persons in (1, 2)]


def test_dlib_finds_the_faces(frames):
    dlib = pytest.importorskip("dlib")
    detect = dlib.get_frontal_face_detector()
    assert min(found_all(frames, lambda frame: detect(frame, 1))) >= 0.96


@pytest.mark.slow
def test_mtcnn_finds_the_faces(frames):
    detect = pytest.importorskip("mtcnn").MTCNN().detect_faces
    assert min(found_all(frames, detect)) >= 0.96
