"""Pictures that two datasets share are found, whatever the order and however many there are."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.split.pictures import MAX_DISTANCE, same_pictures


def hashes(words, places, datasets, roles):
    """Rows as `same_pictures` takes them; `words` has shape (n, 32), of bytes."""
    return pd.DataFrame(
        {
            "hash": [row.tobytes().hex() for row in words],
            "place": places,
            "dataset": datasets,
            "role": roles,
        }
    )


def flipped(words, count, rng):
    """The same hashes with `count` bits of each flipped."""
    bits = np.unpackbits(words, axis=1)
    for row in bits:
        row[rng.choice(256, count, replace=False)] ^= 1
    return np.packbits(bits, axis=1)


def two_datasets(distance, rng, count=40, roles=("seen", "unseen")):
    """Dataset b shows the pictures of a, `distance` bits apart."""
    words = rng.integers(0, 256, (count, 32), np.uint8)
    tables = [
        hashes(each, [f"{name}/{n}" for n in range(count)], name, role)
        for each, name, role in zip(
            (words, flipped(words, distance, rng)), "ab", roles, strict=True
        )
    ]
    return pd.concat(tables, ignore_index=True)


@given(seed=st.integers(0, 99), distance=st.integers(0, MAX_DISTANCE))
@settings(max_examples=20)
def test_every_picture_up_to_the_largest_distance_is_found(seed, distance):
    found = same_pictures(two_datasets(distance, np.random.default_rng(seed)))
    assert set(zip(found["place"], found["other"], strict=True)) == {
        (f"b/{n}", f"a/{n}") for n in range(40)
    }


def test_none_beyond_it_is_found():
    rng = np.random.default_rng(0)
    assert same_pictures(two_datasets(MAX_DISTANCE + 1, rng, 400)).empty


def test_the_order_of_rows_does_not_matter():
    rows = two_datasets(4, np.random.default_rng(0), roles=("seen", "seen"))
    found = same_pictures(rows)
    assert len(found) == 80  # either way round
    assert same_pictures(rows.sample(frac=1, random_state=0)).equals(found)


def test_pictures_of_one_dataset_or_of_unseen_ones_are_no_pairs():
    rng = np.random.default_rng(0)
    rows = two_datasets(0, rng)
    assert same_pictures(rows.assign(dataset="a", role="seen")).empty
    assert same_pictures(rows.assign(role="unseen")).empty
    assert same_pictures(rows.iloc[:0]).empty


@pytest.mark.end_to_end
def test_a_hundred_thousand_hashes_take_seconds():
    rows = two_datasets(8, np.random.default_rng(0), 50_000)
    start = time.process_time()
    assert len(same_pictures(rows)) == 50_000
    assert time.process_time() - start < 30


def test_the_pictures_of_one_dataset_are_not_compared_with_each_other():
    rng = np.random.default_rng(0)
    alike = rng.integers(0, 8, (40_000, 32), np.uint8)  # as frames of one clip: words in common
    clips = hashes(alike, [f"a/{n}" for n in range(40_000)], "a", "seen")
    rows = pd.concat([clips, two_datasets(8, rng, 10).assign(dataset="b", role="unseen")])
    start = time.process_time()
    assert same_pictures(rows).empty
    assert time.process_time() - start < 5
