"""Groups are apportioned exactly, whole, and by nothing but what they hold and the seed."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.errors import InputError
from stages.split.place import place, require_groups, require_labels

SHARES = st.tuples(*[st.integers(1, 20)] * 3).map(
    lambda shares: dict(zip(("train", "val", "test"), shares, strict=True))
)
GROUPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(any), max_size=40)


def counts(items, splits):
    return items.drop_duplicates("group")["group"].map(splits).value_counts().to_dict()


@pytest.mark.parametrize(
    ("shares", "groups", "expected"),
    [
        ((14, 2, 4), 200, (140, 20, 40)),
        ((8, 1, 1), 160, (128, 16, 16)),
        ((8, 1, 1), 10, (8, 1, 1)),
        ((1, 1, 1), 3, (1, 1, 1)),
        ((2, 1, 1), 12, (6, 3, 3)),
        ((720, 140, 140), 1000, (720, 140, 140)),
    ],
)
def test_equal_groups_are_apportioned_exactly(dataset, shares, groups, expected):
    names = ("train", "val", "test")
    items = dataset([(1, 1)] * groups)
    splits = place(items, dict(zip(names, shares, strict=True)), seed=0)
    assert counts(items, splits) == dict(zip(names, expected, strict=True))


def test_every_method_gets_its_share(dataset):
    items = dataset([(1, 1)] * 200)
    splits = place(items, {"train": 14, "val": 2, "test": 4}, seed=3)
    found = pd.crosstab(items["method"], items["group"].map(splits))
    assert found.loc["swap"].to_dict() == {"train": 70, "val": 10, "test": 20}
    assert found.loc["blend"].to_dict() == {"train": 70, "val": 10, "test": 20}


def test_labels_that_never_share_a_group_get_their_share(dataset):
    items = dataset([(1, 0)] * 100 + [(0, 1)] * 300)
    splits = place(items, {"train": 8, "val": 1, "test": 1}, seed=0)
    found = pd.crosstab(items["label"], items["group"].map(splits))
    assert found.loc["real"].to_dict() == {"train": 80, "val": 10, "test": 10}
    assert found.loc["fake"].to_dict() == {"train": 240, "val": 30, "test": 30}


def test_small_groups_fill_what_large_ones_left(dataset):
    items = dataset([(30, 30), (10, 10)] + [(1, 1)] * 10)
    splits = place(items, {"train": 8, "val": 1, "test": 1}, seed=0)
    found = items["group"].map(splits).value_counts().to_dict()
    assert found == {"train": 80, "val": 10, "test": 10}


@given(groups=GROUPS, shares=SHARES, seed=st.integers(0, 9), random=st.randoms())
def test_each_group_is_placed_once_whatever_the_order(dataset, groups, shares, seed, random):
    items = dataset(groups)
    splits = place(items, shares, seed)
    assert splits.keys() == set(items["group"])
    assert set(splits.values()) <= shares.keys()
    order = list(range(len(items)))
    random.shuffle(order)
    assert place(items.iloc[order], shares, seed) == splits


@given(count=st.integers(1, 120), shares=SHARES, seed=st.integers(0, 9))
def test_no_split_is_more_than_a_group_off_its_share(dataset, count, shares, seed):
    found = counts(
        items := dataset([(1, 1)] * count, methods=("swap",)), place(items, shares, seed)
    )
    for split, share in shares.items():
        assert abs(found.get(split, 0) - count * share / sum(shares.values())) <= 1


def test_the_seed_decides_which(dataset):
    items = dataset([(1, 1)] * 40)
    shares = {"train": 2, "val": 1, "test": 1}
    assert place(items, shares, seed=0) != place(items, shares, seed=1)


def test_placed_groups_stay_and_count(dataset):
    items = dataset([(1, 1)] * 40, methods=("swap",))
    given = {f"made/g{number:03d}": "test" for number in range(10)} | {"other/g1": "val"}
    splits = place(items, {"train": 2, "val": 1, "test": 1}, 0, given)
    assert all(splits[group] == "test" for group in list(given)[:10])
    assert counts(items, splits) == {"train": 20, "val": 10, "test": 10}
    assert "other/g1" not in splits


def test_too_few_groups_says_how_many_are_needed_and_what_to_do(dataset):
    clips = dataset([(1, 0)] * 3 + [(0, 1)] * 3, name="clips")
    with pytest.raises(InputError) as error:
        require_groups("clips", clips, {"train": 8, "val": 1, "test": 1})
    for part in ["clips", "8:1:1", "10 groups", "3 with fake", "3 with real", "role: unseen"]:
        assert part in str(error.value)
    require_groups("clips", clips, {"train": 1, "val": 1, "test": 1})


def test_groups_too_uneven_to_fill_a_split_are_an_error(dataset):
    items = dataset([(1, 1), (1, 0)]).assign(split=["train", "train", "test"])
    with pytest.raises(InputError, match=r"test got no fake.*67%.*role: unseen"):
        require_labels("made", items, {"train": 1, "test": 1})
