import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.train.sampling import (
    SAMPLINGS,
    class_weights,
    epoch_rows,
    numbered,
    self_blended_rows,
)
from tests.support.shapes import SHAPES, dfdc_like, ffpp_like

FACES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["real", "x", "y"])), min_size=1, max_size=40
)


def table(faces):
    """A face an item, each at another time and place."""
    numbers = np.arange(len(faces))
    labels = ["real" if method == "real" else "fake" for _, method in faces]
    groups = [group for group, _ in faces]
    return pd.DataFrame(
        {
            "dataset": "d",
            "method": [method for _, method in faces],
            "item": [f"{number:03d}" for number in numbers],
            "frame": numbers,
            "time": numbers / 25,
            "track": 0,
            "x": numbers,
            "y": 0.0,
            "width": 10.0,
            "height": 10.0,
            "label": labels,
            "group": groups,
            "target": groups,
            "donor": "",
            "original": "",
        }
    )


def drawn(faces, sampling, rng, frames_per_item=None):
    """Rows of a pass; `rng` is a seed or a generator."""
    return epoch_rows(numbered(faces), sampling, np.random.default_rng(rng), frames_per_item)


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("frames", [None, 1, 3])
@given(FACES.filter(lambda faces: len({method == "real" for _, method in faces}) == 2))
def test_every_sampling_gives_rows_of_the_table_and_can_be_replayed(sampling, frames, faces):
    one, two = (drawn(table(faces), sampling, 1, frames) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert set(one) <= set(range(len(faces)))
    assert {*table(faces)["label"].iloc[one]} == {"real", "fake"} or sampling == "groups"


@given(FACES, st.integers(0, 9))
def test_all_shows_each_face_once(faces, seed):
    rows = drawn(table(faces), "all", seed)
    assert sorted(rows) == list(range(len(faces)))


@given(FACES, st.integers(0, 9))
def test_undersampling_shows_as_many_reals_as_fakes(faces, seed):
    shown = table(faces).iloc[drawn(table(faces), "undersample", seed)]
    fakes = (table(faces)["label"] == "fake").sum()
    assert (shown["label"] == "fake").sum() == (shown["label"] == "real").sum()
    assert len(shown) == 2 * min(fakes, len(faces) - fakes)
    assert shown.index.is_unique


@given(st.lists(st.booleans(), min_size=2).filter(lambda fakes: 0 < sum(fakes) < len(fakes)))
def test_weights_balance_the_classes(fakes):
    labels = np.array(fakes, np.float32)
    weights = class_weights(labels)
    assert weights.mean() == pytest.approx(1, rel=1e-5)
    assert weights[labels == 1].sum() == pytest.approx(weights[labels == 0].sum(), rel=1e-5)


def pairs(faces, seed=0, frames_per_item=None):
    """Rows of the fakes, of the reals beside them, and of reals in pairs of their own."""
    rows = drawn(faces, "pairs", seed, frames_per_item).reshape(-1, 2)
    fake = (faces["label"] == "fake").to_numpy()[rows[:, 0]]
    return *rows[fake].T, rows[~fake]


@given(FACES.filter(lambda faces: {"real"} < {method for _, method in faces}), st.integers(0, 9))
def test_pairs_show_each_fake_once_beside_a_real_face_and_every_other_real(faces, seed):
    faces = table(faces)
    fakes, partners, alone = pairs(faces, seed)
    labels = faces["label"].to_numpy()
    assert sorted(fakes) == list(np.flatnonzero(labels == "fake"))
    assert set(labels[partners]) == set(labels[alone].flat) | {"real"} == {"real"}
    assert {*partners, *alone.flat} == set(np.flatnonzero(labels == "real"))
    assert alone.size <= len(set(alone.flat) - {*partners}) + 1


def described(**columns):
    """A table of a face a row, of one group; what is not given is the same for all."""
    faces = table([("a", method) for method in columns["method"]])
    return faces.assign(**columns)


def test_a_fake_stands_beside_its_own_original_though_another_real_of_the_group_is_nearer():
    faces = described(
        method=["real", "real", "real", "swap", "swap"],
        item=["a", "a", "b", "a_b", "b_a"],
        original=["", "", "", "a", "b"],
        time=[0.0, 1.0, 0.4, 0.4, 0.9],
    )
    fakes, partners, alone = pairs(faces)
    assert dict(zip(fakes, partners, strict=True)) == {3: 0, 4: 2}
    assert 1 in alone


@pytest.mark.parametrize(
    ("column", "partner"), [("target", 1), ("group", 2)], ids=["target", "group"]
)
def test_without_its_original_a_fake_takes_a_real_of_its_target_then_of_its_group(column, partner):
    faces = described(
        method=["real", "real", "real", "swap"],
        item=["a", "b", "c", "fake"],
        original=["", "", "", "absent"],
        target=["a", "t" if column == "target" else "b", "c", "t"],
        group=["x", "g" if column == "target" else "x", "g", "g"],
    )
    fakes, partners, _ = pairs(faces)
    assert (list(fakes), list(partners)) == ([3], [partner])


def test_of_two_persons_at_one_time_the_one_in_the_same_place_stands_beside_the_fake():
    faces = described(
        method=["real", "real", "swap", "swap"],
        item=["a", "a", "b", "b"],
        original=["", "", "a", "a"],
        time=0.0,
        track=[0, 1, 0, 1],
        x=[0.0, 100.0, 97.0, 3.0],
    )
    fakes, partners, alone = pairs(faces)
    assert dict(zip(fakes, partners, strict=True)) == {2: 1, 3: 0}
    assert not len(alone)


def test_ties_are_drawn_and_drawn_anew_each_epoch():
    faces = described(
        method=["real", "real", "swap"],
        item=["a", "a", "b"],
        original=["", "", "a"],
        time=[0.0, 2.0, 1.0],
        x=0.0,
    )
    assert {int(pairs(faces, seed)[1][0]) for seed in range(20)} == {0, 1}


def test_an_item_of_the_same_name_in_another_dataset_is_no_original():
    faces = described(
        dataset=["other", "d", "d"],
        method=["real", "real", "swap"],
        item=["a", "b", "x"],
        original=["", "", "a"],
        target=["other/a", "d/b", "d/a"],
        group=["other/a", "d/b", "d/b"],
    )
    assert list(pairs(faces)[1]) == [1]


def showings(faces, epochs, frames_per_item=None):
    """Share of fakes beside their own original, or their target's if none is named; showings."""
    own, shown = [], np.zeros(len(faces), int)
    item, original, target = (faces[name].to_numpy() for name in ("item", "original", "target"))
    numbers = numbered(faces)
    fake = numbers["fake"].to_numpy()
    for epoch in range(epochs):
        rows = epoch_rows(numbers, "pairs", np.random.default_rng([0, epoch]), frames_per_item)
        shown += np.bincount(rows, minlength=len(faces))
        one, other = rows.reshape(-1, 2)[fake[rows[::2]]].T
        same_target = target[one] == target[other]
        own.append(np.where(original[one] != "", original[one] == item[other], same_target))
    return np.mean(own), shown


@pytest.fixture(scope="module", params=SHAPES)
def shape(request):
    return SHAPES[request.param]()


@pytest.mark.parametrize("epochs", [1, 5])
def test_pairs_hold_on_the_shapes_of_real_datasets(shape, epochs):
    fake = (shape["label"] == "fake").to_numpy()
    own, shown = showings(shape, epochs)
    reals = (shown[~fake] > 0).mean()
    most = shown[~fake].max() / shown[~fake].mean()
    ratio = fake.sum() / (~fake).sum()
    print(
        f"\n{shape['dataset'].iloc[0]}, epochs: {epochs}, fakes to a real: {ratio:.1f}, "
        f"reals shown: {reals:.1%}, fakes beside their own: {own:.1%}, "
        f"most showings over the mean: {most:.1f}, fakes: {shown[fake].sum() / shown.sum():.1%}"
    )
    assert own >= 0.99
    assert reals >= 0.99
    assert most <= 2 * ratio
    assert (shown[fake] == epochs).all()


def test_with_a_few_frames_of_each_item_pairs_still_show_nearly_every_real_over_five_epochs():
    faces = ffpp_like(20, frames=32)
    fake = (faces["label"] == "fake").to_numpy()
    own, shown = showings(faces, 5, frames_per_item=8)
    assert own == 1
    assert (shown[~fake] > 0).mean() >= 0.99
    assert shown[fake].sum() == 5 * fake.sum() / 4


@pytest.mark.parametrize("sampling", ["all", "pairs"])
def test_frames_are_spread_over_the_item_with_all_persons_in_them_and_drawn_anew(sampling):
    faces = dfdc_like(12, frames=10)
    fakes = faces[faces["label"] == "fake"]
    epochs = []
    for seed in range(2):
        rows = drawn(faces, sampling, seed, frames_per_item=3)
        shown = fakes.loc[sorted(set(rows) & set(fakes.index))]
        epochs.append(set(shown.index))
        for item, of_item in shown.groupby("item"):
            whole = fakes[fakes["item"] == item]
            places = np.searchsorted(whole["frame"].unique(), of_item["frame"].unique())
            assert [
                low <= place < high
                for low, place, high in zip((0, 3, 6), places, (3, 6, 10), strict=True)
            ] == [True] * 3
            assert len(of_item) == 3 * whole["track"].nunique()
    assert epochs[0] != epochs[1]


@given(st.integers(1, 6), st.integers(1, 12))
def test_an_item_of_few_frames_shows_all_of_them(frames, wanted):
    faces = table([("a", "real"), ("a", "x")] * frames)
    faces["item"] = faces["method"]
    rows = drawn(faces, "all", 0, frames_per_item=wanted)
    assert len(rows) == len(set(rows)) == 2 * min(frames, wanted)


@pytest.mark.end_to_end
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_an_epoch_over_a_hundred_thousand_faces_takes_a_moment(sampling):
    faces = numbered(ffpp_like(313, frames=32))
    start = time.process_time()
    epoch_rows(faces, sampling, np.random.default_rng(0))
    assert time.process_time() - start < 2


def test_by_group_gives_each_group_class_and_method_its_share():
    faces = [("a", "real")] * 1000 + [("a", "x")] * 10 + [("a", "y")] * 90 + [("b", "x")] * 900
    shown = table(faces).iloc[drawn(table(faces), "groups", 0)]
    share = shown.value_counts(["group", "method"], normalize=True)
    assert share["b", "x"] == pytest.approx(0.5, abs=0.04)
    assert share["a", "real"] == pytest.approx(0.25, abs=0.04)
    assert share["a", "x"] == pytest.approx(share["a", "y"], abs=0.04)


@given(st.integers(1, 20), st.integers(0, 9))
def test_where_there_are_as_many_fakes_as_reals_balancing_changes_nothing(pairs, seed):
    faces = table([("a", "real"), ("a", "x")] * pairs)
    rows = drawn(faces, "undersample", seed)
    assert sorted(rows) == list(range(2 * pairs))
    labels = (faces["label"] == "fake").to_numpy(np.float32)
    np.testing.assert_array_equal(class_weights(labels), 1)


@given(
    FACES.filter(lambda faces: {"real"} < {method for _, method in faces}),
    st.sampled_from(["all", "groups", "pairs"]),
    st.floats(0, 1),
    st.integers(0, 9),
)
def test_self_blended_fakes_take_the_place_of_fakes(faces, sampling, share, seed):
    rng = np.random.default_rng(seed)
    rows = drawn(table(faces), sampling, rng)
    fake = (table(faces)["label"] == "fake").to_numpy()
    reals = np.flatnonzero(~fake)
    shown, chosen = self_blended_rows(rows, fake[rows], reals, sampling, share, rng)
    replaced = shown != rows
    np.testing.assert_array_equal(replaced, chosen)
    assert fake[rows[replaced]].all()
    assert not fake[shown[replaced]].any()
    if sampling == "pairs":
        partners = rows[np.flatnonzero(replaced) + 1]
        np.testing.assert_array_equal(shown[replaced], partners)
    if share == 1:
        np.testing.assert_array_equal(replaced, fake[rows])


def test_the_share_is_that_of_the_fakes_drawn():
    fake = np.tile([True, False], 5000)
    rows = np.arange(10000)
    rng = np.random.default_rng(0)
    _, chosen = self_blended_rows(rows, fake, np.flatnonzero(~fake), "all", 0.3, rng)
    assert chosen.sum() / 5000 == pytest.approx(0.3, abs=0.02)
