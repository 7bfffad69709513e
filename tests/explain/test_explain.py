import numpy as np
import pandas as pd
import pytest

from stages.explain.cases import CASES, surest
from stages.explain.errors_by import ERRORS_BY, errors_by
from stages.explain.sheet import contact_sheet, overlay, warmth


def scored(size=40, seed=0):
    rng = np.random.default_rng(seed)
    number = np.arange(size)
    label = np.where(number % 2, "fake", "real")
    return pd.DataFrame(
        {
            "split": "test",
            "dataset": "made",
            "method": np.where(number % 2, "swap", "real"),
            "item": [f"m{index // 4}" for index in number],
            "label": label,
            "seen_by": "both",
            "face_size": np.where(number < size // 2, 40.0, 120.0) + number / 100,
            "brightness": rng.uniform(0, 255, size),
            "detail": rng.uniform(1, 2, size),
            # Small faces are judged wrong, large ones right
            "p_fake": np.where((label == "fake") == (number >= size // 2), 0.9, 0.1)
            + number / 1000,
        }
    )


def test_errors_show_the_attribute_that_they_depend_on():
    table = ERRORS_BY.validate(errors_by(scored(), 0.5, parts=2))
    size = table[table["attribute"] == "face_size"].sort_values("part")
    assert size["missed"].tolist() == [1, 0]
    assert size["false_alarms"].tolist() == [1, 0]
    assert size["fakes"].tolist() == [10, 10]
    assert size["part"].iloc[0] == "0040.00-0040.19"


def test_faces_of_one_size_are_one_part():
    """As ready-made crops are."""
    table = ERRORS_BY.validate(errors_by(scored().assign(face_size=224.0), 0.5, parts=4))
    size = table[table["attribute"] == "face_size"]
    assert size["part"].tolist() == ["0224.00-0224.00"]
    assert (size["fakes"] + size["reals"]).tolist() == [40]


def test_every_attribute_counts_every_face_once():
    table = errors_by(scored(), 0.5, parts=3)
    counts = table.groupby("attribute")[["fakes", "reals"]].sum().sum(axis=1)
    assert set(counts) == {40}
    assert len(counts) == 5


@pytest.mark.parametrize("case", CASES)
def test_the_most_confident_face_of_each_item_is_shown(case):
    label, called_fake = CASES[case]
    chosen = surest(scored(), 0.5, case, 3)
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
