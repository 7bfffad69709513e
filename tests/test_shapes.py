"""The made tables have the shapes of the datasets that they stand for."""

import pytest

from stages.common.table import KEY
from tests.support.shapes import (
    SHAPES,
    celeb_df_like,
    df40_like,
    dfdc_like,
    ffpp_like,
)


def items(table, **about):
    """One row an item of those whose columns have the given values."""
    for column, value in about.items():
        table = table[table[column] == value]
    return table.drop_duplicates(KEY)


@pytest.mark.parametrize("shape", SHAPES)
def test_rows_are_faces_of_a_split(shape):
    table = SHAPES[shape]()
    assert not table.duplicated([*KEY, "frame", "track"]).any()
    known = table[["group", "target", "label", "time", "x", "y", "width", "height"]]
    assert not known.isna().to_numpy().any()
    reals = items(table, label="real")
    originals = items(table, label="fake")["original"]
    assert originals[originals != ""].isin(reals["item"]).all()
    assert (reals["method"] == "real").all()
    assert (reals["donor"] == "").all()


def test_faceforensics_has_four_fakes_of_four_methods_for_each_real_and_shows_two_videos_in_each():
    table = ffpp_like()
    assert (items(table, label="fake").groupby("original")["method"].nunique() == 4).all()
    fakes = items(table, label="fake")
    assert len(fakes) == 4 * len(items(table, label="real"))
    assert (fakes["donor"] != fakes["target"]).all()
    assert fakes["donor"].isin(items(table, label="real")["target"]).all()
    assert (items(table, label="real").groupby("group").size() == 2).all()


def test_celeb_df_has_590_reals_of_59_persons_and_300_without_fakes():
    table = celeb_df_like()
    reals, fakes = items(table, label="real"), items(table, label="fake")
    used = reals["target"].isin(fakes["target"])
    assert (used.sum(), reals["target"][used].nunique(), (~used).sum()) == (590, 59, 300)
    assert len(fakes) == 5639
    assert (fakes["donor"] != fakes["target"]).all()
    assert fakes["group"].nunique() == 1


def test_dfdc_has_five_fakes_to_a_real_and_two_persons_in_each_sixth_clip():
    table = dfdc_like()
    reals, fakes = items(table, label="real"), items(table, label="fake")
    assert (fakes.groupby("original").size() == 5).all()
    assert len(fakes) == 5 * len(reals)
    assert (table.groupby(KEY)["track"].nunique() == 2).mean() == pytest.approx(1 / 6)


def test_df40_has_pictures_alone():
    table = df40_like()
    assert not table[["frame", "time"]].to_numpy().any()
    assert len(items(table)) == len(table)
    assert len(items(table, label="real")) == 6400
