import numpy as np

from stages.sample import fields
from stages.sample.identity import draw_identity
from stages.sample.photograph import LANDMARKS, person
from stages.sample.scene import draw_scene


def test_the_matte_holds_the_face_and_not_the_room():
    matte = person()[..., 3:]
    assert fields.values_at(matte.astype(float), LANDMARKS).min() > 0.99 * 255
    assert matte[:200, :110].max() == 0
    assert matte[:200, 330:].max() == 0


def test_landmarks_follow_the_warp():
    identity = draw_identity(np.random.default_rng(0))
    assert np.abs(identity.landmarks - LANDMARKS).max() > 1
    came_from = fields.values_at(identity.source, identity.landmarks)
    np.testing.assert_allclose(came_from, LANDMARKS, atol=0.1)


def test_no_warp_folds_the_face():
    for seed in range(20):
        source = draw_identity(np.random.default_rng(seed)).source
        along_x, along_y = np.diff(source, axis=1)[:-1], np.diff(source, axis=0)[:, :-1]
        area = along_x[..., 0] * along_y[..., 1] - along_x[..., 1] * along_y[..., 0]
        assert area.min() > 0.1


def test_identities_differ_in_geometry_and_colour():
    one, other = (draw_identity(np.random.default_rng(seed)) for seed in range(2))
    assert np.abs(one.source - other.source).max() > 2
    assert np.abs(one.portrait.astype(int) - other.portrait).max() > 12


def test_landmarks_of_a_view_lie_on_the_same_points_of_the_photograph():
    """A picture whose colours are the photograph's coordinates shows where each point went."""
    rng = np.random.default_rng(5)
    scene = draw_scene(rng, 4, 256, 192)
    portrait = scene.persons[0].identity.portrait
    portrait[..., :2] = fields.grid(512, 512) / 2
    portrait[..., 3] = 255
    scene.light[:] = 1
    for index in range(4):
        view = scene.view(index)
        shown = 2 * fields.values_at(view.picture[..., :2].astype(float), view.landmarks)
        np.testing.assert_allclose(shown, LANDMARKS, atol=2)


def test_the_person_moves():
    scene = draw_scene(np.random.default_rng(6), 6, 256, 192)
    first, last = scene.view(0), scene.view(5)
    assert 0.2 < np.abs(first.landmarks - last.landmarks).mean() < 20
