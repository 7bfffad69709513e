import numpy as np
import pytest

from stages.sample.manipulate import (
    METHODS,
    draw_forger,
    draw_mask,
    match_colours,
    moments,
)
from stages.sample.photograph import INNER_FACE, LOWER_FACE
from stages.sample.scene import draw_scene


@pytest.fixture(scope="module")
def views():
    rng = np.random.default_rng(11)
    return [draw_scene(rng, 1, 256, 192).view(0) for _ in range(2)]


@pytest.fixture
def forger():
    return draw_forger(np.random.default_rng(12))


def forge(method, views, forger):
    target, other = views
    return METHODS[method](target, other if method == "swap" else target, forger)


@pytest.mark.parametrize("method", METHODS)
def test_a_forgery_changes_the_face_and_nothing_else(method, views, forger):
    target = views[0]
    corners = LOWER_FACE if method == "reenacted" else INNER_FACE
    mask = draw_mask(target, corners, forger)[..., 0]
    forged = forge(method, views, forger)
    changed = np.abs(forged - target.picture).max(axis=2)
    assert changed[mask == 0].max() == 0
    assert changed[mask > 0.7].mean() > 0.02
    assert 0.01 < (mask > 0).mean() < 0.25


@pytest.mark.parametrize("method", METHODS)
def test_a_forgery_is_a_picture(method, views, forger):
    forged = forge(method, views, forger)
    assert forged.dtype == np.float32
    assert forged.min() >= 0
    assert forged.max() <= 1


@pytest.mark.parametrize("corners", [INNER_FACE, LOWER_FACE])
def test_masks_are_weights(views, forger, corners):
    mask = draw_mask(views[0], corners, forger)
    assert mask.shape == (192, 256, 1)
    assert mask.min() == 0
    assert 0.7 < mask.max() <= 1


def test_a_reenactment_leaves_the_eyes_alone(views, forger):
    target = views[0]
    forged = forge("reenacted", views, forger)
    above = int(target.landmarks[17:23, 1].max())  # the eyes
    np.testing.assert_array_equal(forged[:above], target.picture[:above])


def test_matched_colours_have_the_pictures_moments(views, forger):
    target, other = views
    mask = draw_mask(target, INNER_FACE, forger)
    matched = match_colours(other.picture, target.picture, mask)
    for found, wanted in zip(moments(matched, mask), moments(target.picture, mask), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-3)
