import re

import av
import numpy as np
import pytest

from stages.sample.camera import Camera
from stages.sample.cast import CASTS, Cast, casts
from stages.sample.clip import write_clip
from stages.sample.group import render_group
from stages.sample.manipulate import METHODS, WITH_DONOR


def test_a_camera_shoots_all_clips_of_a_group_alike():
    grey = np.full((2, 32, 32, 3), 128, np.uint8)
    camera = Camera(focus=0.5, noise=3.0, quality=20, grain=[1, 2])
    first, second = camera.shoot(grey), camera.shoot(grey)
    np.testing.assert_array_equal(first, second)
    assert 2.5 < first.std() < 3.5
    assert (first[0] != first[1]).any(), "each frame has noise of its own"


@pytest.mark.parametrize("persons", [1, 2])
def test_fakes_and_original_differ_in_one_face_only(small, persons):
    group = render_group([3, 0, 0], Cast(tuple(METHODS), persons), small)
    assert [fake.method for fake in group.fakes] == list(METHODS)
    for fake in group.fakes:
        assert group.pristine.shape == fake.frames.shape == (3, 192, 256, 3)
        for before, after, landmarks in zip(
            group.pristine, fake.frames, group.landmarks, strict=True
        ):
            left, top = landmarks.min(axis=0) - 20
            right, bottom = landmarks.max(axis=0) + 20
            rows, columns = np.nonzero((before != after).any(axis=2))
            assert columns.size
            assert left <= columns.min() <= columns.max() <= right
            assert top <= rows.min() <= rows.max() <= bottom


def test_two_persons_stand_side_by_side_on_either_side(small):
    middles = [
        render_group([3, 0, index], Cast((), persons=2), small).landmarks[..., 0].mean()
        for index in range(6)
    ]
    assert min(middles) < 0.35 * 256
    assert max(middles) > 0.65 * 256


def test_a_group_depends_on_its_own_seed_only(small):
    again, first, other = (
        render_group(stream, Cast(("swap",)), small) for stream in ([3, 0, 0], [3, 0, 0], [3, 0, 1])
    )
    np.testing.assert_array_equal(first.pristine, again.pristine)
    np.testing.assert_array_equal(first.fakes[0].frames, again.fakes[0].frames)
    assert first.names == again.names
    assert not set(first.names) & set(other.names)
    assert (first.pristine != other.pristine).mean() > 0.5


def test_two_swaps_of_a_group_have_other_donors_and_forgers(small):
    group = render_group([3, 0, 0], Cast(("swap", "swap")), small)
    first, second = (fake.frames.astype(int) for fake in group.fakes)
    assert np.abs(first - second).max() > 40


def test_a_linked_donor_is_the_person_of_the_group_before(small, monkeypatch):
    before = render_group([3, 0, 4], Cast(()), small)
    sources = []
    for method in WITH_DONOR:
        monkeypatch.setitem(
            METHODS, method, lambda target, source, _: sources.append(source) or target.picture
        )
    group = render_group([3, 0, 5], Cast(("swap", "morphed", "self_blended"), linked=True), small)
    assert [fake.donor for fake in group.fakes] == [*before.names, *before.names, None]
    shown = [source.landmarks for source in sources]
    np.testing.assert_array_equal(shown, [*before.landmarks, *before.landmarks])


def test_names_say_nothing(small):
    names = render_group([3, 0, 0], Cast(("swap", "morphed")), small).names
    assert len(set(names)) == 3
    assert all(re.fullmatch(r"[a-z]{10}\.mp4", name) for name in names)
    assert names[:2] == render_group([3, 0, 0], Cast(("reenacted",)), small).names


def test_the_sample_has_the_shapes_of_real_datasets():
    sample = CASTS["sample"]
    fakes = [method for cast in sample for method in cast.fakes]
    assert len(fakes) == 3 * len(sample)
    assert {len(cast.fakes) for cast in sample} == {0, 3, 4}
    assert set(fakes) == {"swap", "self_blended", "morphed"}
    (unseen,) = CASTS["sample_unseen"]
    assert not {*unseen.fakes} & {*fakes}
    # How many persons a clip shows says nothing: as many fakes to a real as everywhere.
    (pair,) = [cast for cast in sample if cast.persons == 2]
    assert len(pair.fakes) == 3
    linked = [number for number, cast in enumerate(sample) if cast.linked]
    assert all(number > 0 and sample[number - 1].persons == 1 for number in linked)
    assert list(casts("sample", 20)) == [*sample, *sample, *sample[:4]]


def test_a_clip_decodes_to_what_was_shot(tmp_path, small):
    frames = render_group([3, 0, 2], Cast(()), small).pristine
    write_clip(tmp_path / "clip.mp4", frames, fps=12, quality=10)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, float(stream.average_rate)) == ("h264", 12)
        decoded = np.stack([f.to_ndarray(format="rgb24") for f in container.decode(stream)])
    assert decoded.shape == frames.shape
    assert np.abs(decoded.astype(float) - frames).mean() < 6
