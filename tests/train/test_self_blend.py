import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.train.params import SelfBlended
from stages.train.self_blend import mask, self_blend
from tests.support.training import RECIPE, without_strength

PARAMS = SelfBlended(**RECIPE["self_blended"])
NO_CHANGE = {
    name: without_strength(RECIPE["self_blended"][name]) for name in ("affine", "color_jitter")
} | {"detail": {"low": 1.0, "high": 1.0}}


def made_face(height=60, width=50):
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 1)


@given(st.integers(0, 2**31))
def test_equal_seeds_give_equal_fakes_of_the_same_form(seed):
    face = made_face()
    one, two = (self_blend(face, PARAMS, np.random.default_rng(seed)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.shape == face.shape
    np.testing.assert_array_equal(one, two)


@given(st.integers(0, 2**31))
def test_a_mask_is_soft_and_shows_the_middle_but_no_corner(seed):
    shown = mask((60, 50), PARAMS, np.random.default_rng(seed))
    assert shown.min() >= 0
    assert shown.max() <= 1 + 1e-6
    assert shown[30, 25] > 0.9
    assert shown[[0, 0, -1, -1], [0, -1, 0, -1]].max() < 0.05
    assert ((shown > 0.001) & (shown < 0.999)).any()


@given(st.integers(0, 2**31))
def test_without_a_difference_between_the_copies_nothing_is_seen(seed):
    face = made_face()
    same = SelfBlended(**RECIPE["self_blended"] | NO_CHANGE)
    np.testing.assert_array_equal(self_blend(face, same, np.random.default_rng(seed)), face)


@given(st.integers(0, 2**31))
def test_either_the_middle_or_the_surroundings_get_other_colours(seed):
    face = np.full((60, 60, 3), 128, np.uint8)
    brighter = PARAMS.color_jitter.model_copy(update={"brightness": 0.5})
    params = PARAMS.model_copy(update={"color_jitter": brighter, "opacity": [1.0]})
    blended = self_blend(face, params, np.random.default_rng(seed)).astype(int)
    changes = [np.abs(blended[30, 30] - 128).max(), np.abs(blended[0, 0] - 128).max()]
    assert min(changes) <= 1


def test_what_differs_is_seen():
    face = made_face()
    params = PARAMS.model_copy(update={"opacity": [1.0]})
    blended = [self_blend(face, params, np.random.default_rng(seed)) for seed in range(20)]
    assert np.mean([np.abs(fake.astype(int) - face).mean() for fake in blended]) > 2
