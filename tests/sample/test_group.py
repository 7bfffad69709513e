import re

import av
import numpy as np
import pytest

from stages.sample.camera import Camera
from stages.sample.clip import write_clip
from stages.sample.group import render_group
from stages.sample.manipulate import METHODS


def test_a_camera_shoots_both_clips_of_a_group_alike():
    grey = np.full((2, 32, 32, 3), 0.5, np.float32)
    camera = Camera(focus=0.5, noise=3.0, quality=20, grain=[1, 2])
    first, second = camera.shoot(grey), camera.shoot(grey)
    np.testing.assert_array_equal(first, second)
    assert 2.5 < first.std() < 3.5
    assert (first[0] != first[1]).any(), "each frame has noise of its own"


@pytest.mark.parametrize("method", METHODS)
def test_fake_and_original_differ_in_the_face_only(small, method):
    group = render_group([3, 0, 0], method, small)
    assert group.pristine.shape == group.fake.shape == (3, 192, 256, 3)
    for pristine, fake, landmarks in zip(group.pristine, group.fake, group.landmarks, strict=True):
        left, top = landmarks.min(axis=0) - 20
        right, bottom = landmarks.max(axis=0) + 20
        rows, columns = np.nonzero((pristine != fake).any(axis=2))
        assert columns.size
        assert left <= columns.min() <= columns.max() <= right
        assert top <= rows.min() <= rows.max() <= bottom


def test_a_group_depends_on_its_own_seed_only(small):
    again, first, other = (
        render_group(stream, "swap", small) for stream in ([3, 0, 0], [3, 0, 0], [3, 0, 1])
    )
    np.testing.assert_array_equal(first.pristine, again.pristine)
    np.testing.assert_array_equal(first.fake, again.fake)
    assert first.names == again.names
    assert not set(first.names) & set(other.names)
    assert (first.pristine != other.pristine).mean() > 0.5


def test_names_say_nothing(small):
    names = render_group([3, 0, 0], "swap", small).names
    assert all(re.fullmatch(r"[a-z]{10}\.mp4", name) for name in names)
    assert names == render_group([3, 0, 0], "reenacted", small).names


def test_a_clip_decodes_to_what_was_shot(tmp_path, small):
    frames = render_group([3, 0, 2], "swap", small).pristine
    write_clip(tmp_path / "clip.mp4", frames, fps=12, quality=10)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, float(stream.average_rate)) == ("h264", 12)
        decoded = np.stack([f.to_ndarray(format="rgb24") for f in container.decode(stream)])
    assert decoded.shape == frames.shape
    assert np.abs(decoded.astype(float) - frames).mean() < 6
