"""Persons whom several items show."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from stages.common.table import KEY
from stages.split.persons import UNKNOWN, join_persons, shared_persons


def items_of(*rows):
    """Items from group, label and split."""
    table = pd.DataFrame(rows, columns=["group", "label", "split"])
    names = [f"i{number}" for number in range(len(table))]
    return table.assign(dataset="d", method=table["label"], item=names)


def shown(items, persons):
    """The table of persons, from those of each item, a track each."""
    rows = [
        (*items.loc[row, KEY], track, person)
        for row, of_item in persons.items()
        for track, person in enumerate(of_item)
    ]
    return pd.DataFrame(rows, columns=[*KEY, "track", "person"])


ITEMS = items_of(
    ("a", "real", "train"), ("a", "fake", "train"), ("b", "real", "test"), ("b", "fake", "test"),
    ("c", "real", "test"), ("d", "real", "unseen"), ("e", "real", "val"),
)  # fmt: skip
PERSONS = shown(ITEMS, {0: [7], 2: [7, 8], 4: [8], 5: [9], 6: [3]})


def test_groups_of_one_person_become_one_through_others():
    joined = join_persons(ITEMS, PERSONS)
    assert joined["group"].tolist() == ["a"] * 5 + ["d", "e"]
    pd.testing.assert_frame_equal(joined.drop(columns="group"), ITEMS.drop(columns="group"))


@given(st.lists(st.lists(st.integers(0, 5), max_size=3, unique=True), min_size=1, max_size=12))
def test_no_person_is_in_two_groups(of_items):
    items = items_of(*((f"g{number}", "real", "train") for number in range(len(of_items))))
    persons = shown(items, dict(enumerate(of_items)))
    joined = join_persons(items, persons)
    found = joined.merge(persons, on=KEY)
    assert (found.groupby("person")["group"].nunique() <= 1).all()
    alone = [number for number, of_item in enumerate(of_items) if not of_item]
    assert joined["group"][alone].tolist() == [f"g{number}" for number in alone]


def test_a_fake_counts_with_its_original():
    assert shared_persons(ITEMS, PERSONS) == {
        "leak_persons_of_test": 1,
        "leak_test_items_of_learnt_persons": 2,
        "leak_persons_of_unseen": 0,
        "leak_unseen_items_of_learnt_persons": 0,
    }
    unseen = ITEMS.assign(split=ITEMS["split"].where(ITEMS["group"] != "b", "unseen"))
    found = shared_persons(unseen, PERSONS)
    assert found["leak_persons_of_test"] == 0
    assert found["leak_persons_of_unseen"] == 1
    assert found["leak_unseen_items_of_learnt_persons"] == 2


def test_without_persons_a_metric_says_why():
    assert set(shared_persons(ITEMS, PERSONS.iloc[:0]).values()) == {UNKNOWN}
