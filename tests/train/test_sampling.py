import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.train.sampling import SAMPLINGS, class_weights, epoch_rows, self_blended_rows

FACES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["real", "x", "y"])), min_size=1, max_size=40
)


def table(faces):
    return pd.DataFrame(
        {
            "group": [group for group, _ in faces],
            "method": [method for _, method in faces],
            "frame": range(len(faces)),
            "label": ["real" if method == "real" else "fake" for _, method in faces],
        }
    )


@pytest.mark.parametrize("sampling", SAMPLINGS)
@given(FACES.filter(lambda faces: len({method == "real" for _, method in faces}) == 2))
def test_every_sampling_gives_rows_of_the_table_and_can_be_replayed(sampling, faces):
    one, two = (epoch_rows(table(faces), sampling, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert set(one) <= set(range(len(faces)))
    assert {*table(faces)["label"].iloc[one]} == {"real", "fake"} or sampling == "groups"


@given(FACES, st.integers(0, 9))
def test_all_shows_each_face_once(faces, seed):
    rows = epoch_rows(table(faces), "all", np.random.default_rng(seed))
    assert sorted(rows) == list(range(len(faces)))


@given(FACES, st.integers(0, 9))
def test_undersampling_shows_as_many_reals_as_fakes(faces, seed):
    shown = table(faces).iloc[epoch_rows(table(faces), "undersample", np.random.default_rng(seed))]
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


def test_pairs_put_each_fake_beside_the_nearest_real_face_of_its_group():
    faces = table([("a", "real"), ("a", "real"), ("a", "x"), ("b", "y"), ("b", "real"), ("c", "x")])
    faces["frame"] = [0, 7, 6, 3, 3, 0]
    rows = epoch_rows(faces, "pairs", np.random.default_rng(0)).reshape(-1, 2)
    partner = dict(rows)
    assert (partner[2], partner[3]) == (1, 4)
    assert partner[5] in (0, 1, 4)
    assert len(rows) == 3


@given(FACES.filter(lambda faces: {"real"} < {method for _, method in faces}), st.integers(0, 9))
def test_pairs_show_each_fake_once_and_one_real_face_for_each(faces, seed):
    faces = table(faces)
    rows = epoch_rows(faces, "pairs", np.random.default_rng(seed)).reshape(-1, 2)
    labels = faces["label"].to_numpy()
    assert sorted(rows[:, 0]) == list(np.flatnonzero(labels == "fake"))
    assert set(labels[rows[:, 1]]) == {"real"}


def test_by_group_gives_each_group_class_and_method_its_share():
    faces = [("a", "real")] * 1000 + [("a", "x")] * 10 + [("a", "y")] * 90 + [("b", "x")] * 900
    shown = table(faces).iloc[epoch_rows(table(faces), "groups", np.random.default_rng(0))]
    share = shown.value_counts(["group", "method"], normalize=True)
    assert share["b", "x"] == pytest.approx(0.5, abs=0.04)
    assert share["a", "real"] == pytest.approx(0.25, abs=0.04)
    assert share["a", "x"] == pytest.approx(share["a", "y"], abs=0.04)


@given(st.integers(1, 20), st.integers(0, 9))
def test_where_there_are_as_many_fakes_as_reals_balancing_changes_nothing(pairs, seed):
    faces = table([("a", "real"), ("a", "x")] * pairs)
    rows = epoch_rows(faces, "undersample", np.random.default_rng(seed))
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
    rows = epoch_rows(table(faces), sampling, rng)
    fake = (table(faces)["label"] == "fake").to_numpy()
    shown = self_blended_rows(rows, fake, sampling, share, rng)
    replaced = shown != rows
    assert fake[rows[replaced]].all()
    assert not fake[shown[replaced]].any()
    if sampling == "pairs":
        np.testing.assert_array_equal(shown[replaced], rows[np.flatnonzero(replaced) + 1])
    if share == 1:
        np.testing.assert_array_equal(replaced, fake[rows])


def test_the_share_is_that_of_the_fakes_drawn():
    fake = np.tile([True, False], 5000)
    rows = np.arange(10000)
    shown = self_blended_rows(rows, fake, "all", 0.3, np.random.default_rng(0))
    assert (shown != rows).sum() / 5000 == pytest.approx(0.3, abs=0.02)
