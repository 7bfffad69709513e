import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.train import augment as module
from stages.train.augment import add_noise, augment, blur, compress, downscale, erase
from stages.train.params import AugmentParams
from tests.train.conftest import RECIPE

NOTHING = AugmentParams(
    **{
        name: value | {"probability": 0.0} if isinstance(value, dict) else 0.0
        for name, value in RECIPE["augment"].items()
    }
)


@pytest.fixture
def crop():
    return np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)


@given(st.integers(0, 2**31))
def test_equal_seeds_give_equal_crops_of_the_same_form(seed):
    crop = np.random.default_rng(0).integers(0, 256, (24, 20, 3), np.uint8)
    params = AugmentParams(**RECIPE["augment"])
    one, two = (augment(crop, params, np.random.default_rng(seed)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.shape == crop.shape
    np.testing.assert_array_equal(one, two)


def test_nothing_asked_for_changes_nothing(crop):
    for seed in range(5):
        np.testing.assert_array_equal(augment(crop, NOTHING, np.random.default_rng(seed)), crop)


def test_flip_is_left_to_right(crop):
    flipped = augment(crop, NOTHING.model_copy(update={"flip": 1.0}), np.random.default_rng(0))
    np.testing.assert_array_equal(flipped, crop[:, ::-1])


def test_compression_keeps_the_order_of_colours():
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    stored = compress(red, 95, np.random.default_rng(0))
    assert stored[..., 0].mean() > 180
    assert stored[..., 2].mean() < 20


def test_distortions_are_stronger_with_their_strength(crop):
    rng = np.random.default_rng

    def change(distort, strength):
        return np.abs(distort(crop, strength, rng(0)).astype(int) - crop).mean()

    assert change(blur, 0.3) < change(blur, 2)
    assert change(add_noise, 1) < change(add_noise, 9)
    assert change(compress, 95) < change(compress, 10)
    assert change(downscale, 0.9) < change(downscale, 0.3)
    assert change(erase, 0.05) < change(erase, 0.5)


def test_erase_covers_its_share():
    white = np.full((100, 100, 3), 255, np.uint8)
    erased = erase(white, 0.1, np.random.default_rng(0))
    assert (erased == 127).mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("name", ["downscale", "blur", "noise", "jpeg", "erase"])
def test_each_setting_reaches_its_distortion(crop, name):
    strong = {"downscale": 0.3, "blur": 2.0, "noise": 9.0, "jpeg": 10.0, "erase": 0.3}[name]
    section = module.Distortion(probability=1.0, low=strong, high=strong)
    changed = augment(crop, NOTHING.model_copy(update={name: section}), np.random.default_rng(0))
    assert not np.array_equal(changed, crop)
