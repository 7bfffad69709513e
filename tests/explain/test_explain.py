import numpy as np
import pytest

from stages.explain.cases import CASES, surest
from stages.explain.sheet import contact_sheet, overlay, warmth
from tests.support.explain import scored_faces


@pytest.mark.parametrize("case", CASES)
def test_the_most_confident_face_of_each_item_is_shown(case):
    label, called_fake = CASES[case]
    chosen = surest(scored_faces(), 0.5, case, 3)
    assert set(chosen["label"]) == {label}
    assert ((chosen["p_fake"] >= 0.5) == called_fake).all()
    assert chosen["item"].is_unique
    assert len(chosen) == 3
    steps = np.diff(chosen["p_fake"])
    assert (steps <= 0).all() if called_fake else (steps >= 0).all()


def test_a_sheet_has_a_place_for_every_case_and_says_when_there_is_none():
    crop, heat = np.full((50, 40, 3), 120, np.uint8), np.eye(3)
    one, five = (
        contact_sheet([crop] * count, [heat] * count, [("a", "b")] * count) for count in (1, 5)
    )
    assert five.shape == (2 * one.shape[0], 4 * one.shape[1], 3)
    assert (contact_sheet([], [], []) < 128).any()


def test_an_overlay_changes_what_speaks_for_a_fake_and_nothing_else():
    crop = np.full((30, 30, 3), 120, np.uint8)
    heat = np.array([[5.0, -1.0], [-1.0, -1.0]])
    shown = overlay(crop, warmth(heat))
    assert (shown[:5, :5] != crop[:5, :5]).any()
    np.testing.assert_array_equal(shown[-5:, -5:], crop[-5:, -5:])
    np.testing.assert_array_equal(overlay(crop, warmth(-np.ones((2, 2)))), crop)
