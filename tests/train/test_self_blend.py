import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.tables.detections import TEMPLATE
from stages.train import self_blend as module
from stages.train.self_blend import HULLS, mask, self_blend

SHAPE = (110, 90)
FIVE = TEMPLATE * 80 + [5, 10]
SEEDS = st.integers(0, 2**31)


def made_68(five):
    """Points of a drawn face; the mouth is where the mouth of `five` is."""
    return np.concatenate([module._face_points(five), np.repeat(five[3:], 10, axis=0)])


def made_face(height=SHAPE[0], width=SHAPE[1]):
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1)


LANDMARKS = pytest.mark.parametrize("landmarks", [FIVE, made_68(FIVE)], ids=["5", "68"])


@LANDMARKS
@given(seed=SEEDS)
def test_equal_generators_give_equal_pairs_of_the_same_form(landmarks, seed):
    face = made_face()
    one, two = (self_blend(face, landmarks, np.random.default_rng(seed)) for _ in range(2))
    for picture, same in zip(one, two, strict=True):
        assert picture.dtype == np.uint8
        assert picture.shape == face.shape
        np.testing.assert_array_equal(picture, same)


@LANDMARKS
@given(seed=SEEDS)
def test_a_mask_is_soft_and_shows_the_nose_but_no_corner(landmarks, seed):
    shown = mask(landmarks, SHAPE, np.random.default_rng(seed))
    assert shown.shape == SHAPE
    assert shown.min() >= 0
    assert shown.max() <= 1
    x, y = FIVE[2].astype(int)
    assert shown[y, x] > 0.5
    assert shown[[0, 0, -1, -1], [0, -1, 0, -1]].max() < 0.05
    assert ((shown > 0.001) & (shown < 0.999)).any()


@given(SEEDS, st.integers(-15, 15), st.integers(-15, 15))
def test_a_mask_goes_where_the_landmarks_go(seed, right, down):
    one, other = (
        mask(FIVE + shift, SHAPE, np.random.default_rng(seed)) for shift in ([0, 0], [right, down])
    )
    places = [
        np.array([(shown * grid).sum() for grid in np.indices(SHAPE)]) / shown.sum()
        for shown in (one, other)
    ]
    np.testing.assert_allclose(places[1] - places[0], [down, right], atol=2.5)


@pytest.mark.parametrize("name", HULLS)
def test_each_hull_of_a_drawn_face_lies_between_brows_or_forehead_and_chin(name, monkeypatch):
    monkeypatch.setattr(module, "HULLS", {name: HULLS[name]})
    monkeypatch.setattr(module, "_ELASTIC", 0)
    monkeypatch.setattr(module, "_RADII", (0, 0))
    inside = mask(FIVE, SHAPE, np.random.default_rng(0)) > 0.5
    rows, columns = np.nonzero(inside)
    top, bottom = (np.array([rows.min(), rows.max()]) - 10) / 80
    assert top == pytest.approx(0.27 if name == "strips_and_forehead" else 0.34, abs=0.03)
    assert bottom == pytest.approx(1.04, abs=0.03)
    assert (columns.mean() - 5) / 80 == pytest.approx(0.5, abs=0.01)


@LANDMARKS
@given(seed=SEEDS)
def test_outside_the_mask_a_fake_is_its_target(landmarks, seed):
    face, drawn = made_face(), []

    def watched(*arguments):
        drawn.append(mask(*arguments))
        return drawn[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "mask", watched)
        target, fake = self_blend(face, landmarks, np.random.default_rng(seed))
    outside = drawn[0] == 0
    assert outside.any()
    np.testing.assert_array_equal(fake[outside], target[outside])


@given(SEEDS)
def test_without_weight_a_fake_is_its_target(seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_RATIOS", (0.0,))
        target, fake = self_blend(made_face(), FIVE, np.random.default_rng(seed))
    np.testing.assert_array_equal(fake, target)


@given(SEEDS)
def test_half_of_the_targets_are_the_face_itself_and_the_others_have_other_colours(seed):
    face = made_face()
    targets = [
        self_blend(face, FIVE, np.random.default_rng([seed, number]))[0] for number in range(30)
    ]
    same = sum(np.array_equal(target, face) for target in targets)
    assert 3 <= same <= 27


def test_what_differs_is_seen():
    face = made_face()
    pairs = [self_blend(face, FIVE, np.random.default_rng(seed)) for seed in range(40)]
    differences = [np.abs(fake.astype(int) - target).mean() for target, fake in pairs]
    assert np.median(differences) > 2
    assert min(differences) > 0


@given(SEEDS)
def test_crops_of_a_clip_are_altered_alike_whatever_their_size(seed):
    """Of one colour, a face shows the change of colours and the ratio alone."""
    colours = []
    for scale in (1, 2):
        face = np.full((SHAPE[0] * scale, SHAPE[1] * scale, 3), (150, 120, 100), np.uint8)
        target, fake = self_blend(face, FIVE * scale, np.random.default_rng(seed))
        x, y = (FIVE[2] * scale).astype(int)
        colours.append((target[0, 0].astype(int), fake[y, x].astype(int)))
    np.testing.assert_array_equal(colours[0][0], colours[1][0])
    np.testing.assert_allclose(colours[0][1], colours[1][1], atol=3)


@given(st.floats(0.3, 3), st.floats(-0.6, 0.6), st.floats(-50, 50), st.floats(-50, 50))
def test_the_drawn_face_turns_and_grows_with_five_points(scale, angle, right, down):
    turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = module._face_points(FIVE @ turn + [right, down])
    np.testing.assert_allclose(moved, module._face_points(FIVE) @ turn + [right, down], atol=1e-6)


def test_landmarks_outside_the_crop_change_nothing_but_the_colours():
    for seed in range(20):
        target, fake = self_blend(made_face(), FIVE + 500, np.random.default_rng(seed))
        np.testing.assert_array_equal(fake, target)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3)])
def test_a_face_of_any_size_is_blended(shape):
    for seed in range(10):
        face = made_face(*shape)
        points = TEMPLATE * [shape[1], shape[0]]
        target, fake = self_blend(face, points, np.random.default_rng(seed))
        assert target.shape == fake.shape == face.shape
