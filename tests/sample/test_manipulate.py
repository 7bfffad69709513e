import numpy as np
import pytest

from stages.sample.manipulate import (
    METHODS,
    WITH_DONOR,
    aligned,
    draw_forger,
    draw_mask,
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
    return METHODS[method](target, other if method in WITH_DONOR else target, forger)


@pytest.mark.parametrize("method", METHODS)
def test_a_forgery_changes_the_face_and_nothing_else(method, views, forger):
    target = views[0]
    corners = LOWER_FACE if method == "reenacted" else INNER_FACE
    mask = draw_mask(target, corners, forger)[..., 0]
    forged = forge(method, views, forger)
    changed = np.abs(forged.astype(int) - target.picture).max(axis=2)
    assert changed[mask == 0].max() == 0
    assert changed[mask > 180].mean() > 5
    assert 0.01 < (mask > 0).mean() < 0.25


@pytest.mark.parametrize("corners", [INNER_FACE, LOWER_FACE])
def test_masks_are_weights(views, forger, corners):
    mask = draw_mask(views[0], corners, forger)
    assert mask.shape == (192, 256, 1)
    assert mask.min() == 0
    assert mask.max() > 180


def test_a_reenactment_leaves_the_eyes_alone(views, forger):
    target = views[0]
    forged = forge("reenacted", views, forger)
    above = int(target.landmarks[17:23, 1].max())  # the eyes
    np.testing.assert_array_equal(forged[:above], target.picture[:above])


def test_a_donors_face_gets_the_pictures_moments(views, forger):
    target, other = views
    mask = draw_mask(target, INNER_FACE, forger)
    matched = aligned(target, other, mask)
    for found, wanted in zip(moments(matched, mask), moments(target.picture, mask), strict=True):
        np.testing.assert_allclose(found, wanted, atol=2)


def test_a_morph_lies_between_both_faces(views, forger):
    target, other = views
    mask = draw_mask(target, INNER_FACE, forger)
    face = aligned(target, other, mask)
    morphed = forge("morphed", views, forger).astype(int)[mask[..., 0] > 180]
    ends = np.stack([face, target.picture]).astype(int)[:, mask[..., 0] > 180]
    near = (ends.min(axis=0) - 40 <= morphed) & (morphed <= ends.max(axis=0) + 40)
    assert near.mean() > 0.95
