"""How scores come to faces (`stages.external.assign`)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.errors import InputError
from stages.common.table import KEY
from stages.external.assign import (
    check_val,
    counts,
    known_rows,
    log_odds_of,
    scored_faces,
    unscored_items,
)

FILE = Path("theirs.csv")
ITEMS = pd.DataFrame(
    [
        ("real", "one", "val", 3, "real"),
        ("swap", "one", "val", 1, "fake"),
        ("swap", "two", "test", 1, "fake"),
        ("swap", "dark", "test", 0, "fake"),
        ("swap", "learnt", "train", 2, "fake"),
    ],
    columns=["method", "item", "split", "faces", "label"],
).assign(dataset="made")
FACES = pd.DataFrame(
    [
        ("real", "one", 0, 0),
        ("real", "one", 0, 1),
        ("real", "one", 5, 0),
        ("swap", "one", 0, 0),
        ("swap", "two", 0, 0),
    ],
    columns=["method", "item", "frame", "track"],
).merge(ITEMS[["method", "item", "split", "label"]])
FACES = FACES.assign(dataset="made", confidence=0.9)


def rows(*scores):
    """Rows of a file, from method, item, frame, track and score; None leaves out."""
    made = pd.DataFrame(scores, columns=[*KEY[1:], "frame", "track", "score"])
    made = made.assign(dataset="made").astype({"frame": "Int64", "track": "Int64"})
    return made.astype({"score": float})


def scored(*scores):
    found = scored_faces(FACES, ITEMS, known_rows(rows(*scores), ITEMS, FILE)[0])
    return found.set_index(["method", "item", "frame", "track"])[["score", "by"]].T.to_dict("list")


def test_a_face_has_its_own_score_else_its_frames_else_its_items():
    assert scored(
        ("real", "one", 0, 1, 0.2),
        ("real", "one", 0, 2, 0.4),
        ("real", "one", 7, None, 0.9),
        ("swap", "one", None, None, 3),
    ) == {
        ("real", "one", 0, 0): [pytest.approx(0.3), "frame"],
        ("real", "one", 0, 1): [0.2, "face"],
        ("real", "one", 5, 0): [0.5, "item"],
        ("swap", "one", 0, 0): [3, "item"],
    }


def test_an_item_without_a_face_of_ours_keeps_its_score():
    found = scored(("swap", "dark", 0, None, 0.25), ("swap", "dark", 9, None, 0.75))
    assert found == {("swap", "dark", -1, -1): [0.5, "item"]}


def test_items_of_train_are_known_and_not_scored():
    assert scored(("swap", "learnt", None, None, 1), ("swap", "two", 0, 0, 0)) == {
        ("swap", "two", 0, 0): [0, "face"]
    }


@given(
    st.lists(
        st.tuples(st.sampled_from(["one", "two", "dark"]), st.integers(0, 5), st.integers(0, 1)),
        unique=True,
        min_size=1,
    ),
    st.randoms(use_true_random=False),
)
def test_scores_do_not_depend_on_the_order_of_the_file(places, random):
    made = [("swap", *place, number) for number, place in enumerate(places)]
    shuffled = made.copy()
    random.shuffle(shuffled)
    assert scored(*made) == scored(*shuffled)
    assert {item for _, item, *_ in scored(*made)} == {item for item, *_ in places}


def test_unknown_items_are_named_once_and_left_out():
    known, unknown = known_rows(
        rows(("swap", "two", 0, 0, 1), ("swap", "gone", 0, 0, 1), ("swap", "gone", 1, 0, 1)),
        ITEMS,
        FILE,
    )
    assert known["item"].tolist() == ["two"]
    assert unknown == ["made/swap/gone"]


def test_a_file_of_unknown_items_alone_shows_how_names_differ():
    message = (
        r"theirs\.csv: the pipeline has none of its 1 items, such as made/swap/gone; .* such as "
        "made/real/one"
    )
    with pytest.raises(InputError, match=message):
        known_rows(rows(("swap", "gone", 0, 0, 1)), ITEMS, FILE)


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ((3, 0), "dataset, method, item, frame, track of another, .* made, swap, two, 3, 0;"),
        ((3, None), "dataset, method, item, frame of another, .* made, swap, two, 3;"),
        ((None, None), "dataset, method, item of another, .* made, swap, two;"),
    ],
)
def test_two_scores_of_one_place_are_refused(place, named):
    twice = rows(("swap", "two", *place, 1), ("swap", "one", *place, 1), ("swap", "two", *place, 2))
    with pytest.raises(InputError, match=f"1 rows repeat the {named}"):
        known_rows(twice, ITEMS, FILE)
    known_rows(twice.iloc[:2], ITEMS, FILE)


def test_scores_within_0_and_1_are_probabilities():
    scores = pd.Series([0.0, 0.25, 0.5, 1.0])
    assert log_odds_of(scores, scores) == pytest.approx([-13.8155, -1.0986, 0, 13.8155], abs=1e-4)
    beyond = pd.concat([scores, pd.Series([1.5])])
    assert log_odds_of(scores, beyond).tolist() == scores.tolist()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_their_order_stays(scores):
    scores = pd.Series(sorted(scores))
    assert (np.diff(log_odds_of(scores, scores)) >= 0).all()


@pytest.mark.parametrize(
    ("splits", "labels", "found"),
    [
        (["test"], ["real"], "nothing"),
        (["val", "val", "test"], ["fake"] * 2 + ["real"], "only fakes"),
    ],
)
def test_val_must_have_both_classes(splits, labels, found):
    faces = pd.DataFrame({"split": splits, "label": labels})
    with pytest.raises(
        InputError, match=rf"fitted on val, of which it scores {found}; .*export val"
    ):
        check_val(faces, FILE)


def test_what_has_no_score_is_listed_and_counted():
    found = scored_faces(FACES, ITEMS, rows(("real", "one", 0, 0, 1), ("swap", "dark", 0, 0, 1)))
    unscored = unscored_items(ITEMS, found)
    assert unscored["item"].tolist() == ["one", "two"]
    assert set(unscored["method"]) == {"swap"}
    assert counts(found, ["a", "b"], ["c"]) == {
        "items": 2,
        "missing_items": 2,
        "unknown_items": 1,
        "faces_scored_by_face": 1,
        "faces_scored_by_frame": 1,
        "faces_scored_by_item": 1,
    }
