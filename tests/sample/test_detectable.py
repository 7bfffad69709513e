"""Both detectors find the faces."""

import numpy as np
import pytest

from stages.sample.group import render_group
from stages.sample.params import SampleParams

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def frames():
    sample = SampleParams(
        seed=7, groups=1, unseen_groups=1, frames=2, fps=12, width=256, height=192
    )
    methods = ["swap", "self_blended", "reenacted"]
    groups = [
        render_group([sample.seed, index % 3 // 2, index], methods[index % 3], sample)
        for index in range(51)
    ]
    return np.concatenate([clip for group in groups for clip in (group.pristine, group.fake)])


def test_dlib_finds_the_faces(frames):
    dlib = pytest.importorskip("dlib")
    detect = dlib.get_frontal_face_detector()
    assert np.mean([len(detect(frame, 1)) == 1 for frame in frames]) >= 0.98


@pytest.mark.slow
def test_mtcnn_finds_the_faces(frames):
    mtcnn = pytest.importorskip("mtcnn").MTCNN()
    assert np.mean([len(mtcnn.detect_faces(frame)) == 1 for frame in frames]) >= 0.98
