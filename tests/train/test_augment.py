import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stages.train.augment import augment, color_jitter
from stages.train.distortions import DISTORTIONS, add_noise, blur, compress, downscale, erase
from stages.train.params import AugmentParams
from tests.support.training import NOTHING, RECIPE


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


@pytest.mark.parametrize("name", DISTORTIONS)
@pytest.mark.parametrize("end", ["low", "high"])
def test_every_distortion_keeps_the_form_and_can_be_replayed(crop, name, end):
    strength = getattr(getattr(AugmentParams(**RECIPE["augment"]), name), end)
    before = crop.copy()
    one, two = (DISTORTIONS[name](crop, strength, np.random.default_rng(1)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.shape == crop.shape
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(crop, before)
    smallest = DISTORTIONS[name](crop[:1, :1], strength, np.random.default_rng(1))
    assert smallest.shape == (1, 1, 3)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_each_section_reaches_its_distortion(crop, name):
    strongest = getattr(AugmentParams(**RECIPE["augment"]), name)
    section = strongest.model_copy(update={"probability": 1.0})
    changed = augment(crop, NOTHING.model_copy(update={name: section}), np.random.default_rng(0))
    assert not np.array_equal(changed, crop)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_every_distortion_has_its_section(name):
    section = {key: value for key, value in RECIPE["augment"].items() if key != name}
    with pytest.raises(ValidationError, match=f"{name}\n.*required"):
        AugmentParams(**section)
    with pytest.raises(ValidationError, match=f"{name}s\n.*not permitted"):
        AugmentParams(**RECIPE["augment"], **{f"{name}s": RECIPE["augment"][name]})


def jitter(crop, seed=0, **changes):
    params = NOTHING.color_jitter.model_copy(update=changes)
    return color_jitter(crop, params, np.random.default_rng(seed))


@given(st.integers(0, 2**31))
def test_hue_and_saturation_leave_grey_as_it_is(seed):
    grey = np.repeat(np.arange(24, dtype=np.uint8)[:, None, None] * 10, 3, axis=2).repeat(
        20, axis=1
    )
    changed = jitter(grey, seed, hue=30.0, saturation=0.5)
    assert np.abs(changed.astype(int) - grey).max() <= 1


@given(st.integers(0, 2**31))
def test_gamma_leaves_black_and_white_and_moves_what_lies_between(seed):
    ramp = np.repeat(np.array([0, 128, 255], np.uint8)[None, :, None], 3, axis=2)
    changed = jitter(ramp, seed, gamma=0.3)
    assert changed[0, 0].tolist() == [0, 0, 0]
    assert changed[0, 2].tolist() == [255, 255, 255]
    assert 255 * 0.5**1.31 < changed[0, 1, 0] < 255 * 0.51 ** (1 / 1.3) + 1


def test_hue_turns_colours_and_saturation_scales_them():
    red = np.full((4, 4, 3), (180, 80, 80), np.uint8)
    turned = [jitter(red, seed, hue=30.0)[0, 0].astype(int) for seed in range(20)]
    assert any(pixel[1] > pixel[2] + 20 for pixel in turned)
    assert any(pixel[2] > pixel[1] + 20 for pixel in turned)
    spread = [np.ptp(jitter(red, seed, saturation=0.4)[0, 0].astype(int)) for seed in range(20)]
    assert min(spread) < 80
    assert max(spread) > 120
