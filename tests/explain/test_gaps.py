"""The gap between the best and the worst value of an attribute: stages/explain/gaps.py."""

import numpy as np
import pandas as pd
import pytest

from stages.common.metrics.bootstrap import Intervals, p_value
from stages.common.metrics.clusters import fewest
from stages.common.tables.errors import GAPS
from stages.explain.attributes import Attribute, attributes_of
from stages.explain.errors_by import estimate_errors
from stages.explain.gaps import gap_rows
from tests.support.explain import scored_faces

INTERVALS = Intervals(replicates=300, confidence=0.95, min_clusters=5, seed=0)


def estimates(faces, *attributes, intervals=INTERVALS):
    found = attributes or attributes_of(faces, 4, intervals.min_clusters)
    return list(estimate_errors(faces, found, 0.5, intervals))


def gaps(found):
    return GAPS.validate(gap_rows(found, 0.95)).set_index(["attribute", "metric"]).sort_index()


def by_group(faces, values):
    """An attribute of which each group has a value, by its number."""
    number = faces["target"].str[1:].astype(int)
    return Attribute("skin", number.map(values))


def test_the_value_on_which_a_model_fails_is_the_worst():
    faces = scored_faces(attributes=lambda group: f"skin={('dark', 'light', 'pale')[group % 3]}")
    found = gaps(estimates(faces))
    for metric in ("auc", "false_alarms"):
        row = found.loc["skin", metric]
        assert row["worst"] == "dark"
        assert row["best"] in ("light", "pale")
        assert row["gap"] == pytest.approx(abs(row["best_value"] - row["worst_value"]))
        assert 0 < row["gap_low"] < row["gap"] < row["gap_high"] <= 1
        assert row["worst_low"] <= row["worst_value"] <= row["worst_high"]
        assert (row["values"], row["clusters"], row["note"]) == (3, 10, "")
    assert (found.loc[["brightness", "detail"], "gap_low"] < 0).all()


def test_what_only_fakes_have_has_no_gap_in_false_alarms():
    assert list(gaps(estimates(scored_faces())).loc["method"].index) == ["auc"]


@pytest.mark.parametrize("seed", range(8))
def test_of_two_values_the_interval_is_students(seed):
    rng = np.random.default_rng(seed)
    faces = scored_faces(groups=40, seed=seed)
    values = rng.permutation(["a", "b"] * 20)
    found = estimates(faces, by_group(faces, lambda number: values[number]))
    a, b = (one for one in found if one.metric == "auc")
    row = gaps(found).loc["skin", "auc"]
    clusters, difference = fewest([a.clusters, b.clusters]), a.value - b.value
    for share in (0.5, 0.2, 0.05, 0.01):
        low = gap_rows(found, 1 - share)["gap_low"].iloc[0]
        p = p_value(difference, a.replicates - b.replicates, clusters, INTERVALS)
        assert (low > 0) == (p < share)
    assert row["gap"] == pytest.approx(abs(difference))


def test_the_more_values_there_are_the_wider_is_the_interval_of_the_same_gap():
    faces = scored_faces(groups=60)
    number = faces["target"].str[1:].astype(int)
    # The first two are the best and the worst: the others are as all are
    parts = number.map(lambda one: "ab"[one % 3 == 0] if one < 30 else "cdef"[one % 4])
    found = estimates(faces, Attribute("skin", parts))
    pair = [one for one in found if one.part in "ab"]
    few, many = (gaps(some).loc["skin", "auc"] for some in (pair, found))
    assert few["worst"] == many["worst"] == "b"
    assert few["best"] == many["best"] == "a"
    assert few["gap"] == many["gap"]
    assert many["gap_low"] < few["gap_low"]


@pytest.mark.parametrize("few", ["best", "worst"])
def test_a_gap_rests_on_the_fewer_clusters_of_the_two_values(few):
    faces = scored_faces()
    fails = {"best": 24, "worst": 6}[few]  # groups on whose reals the model fails
    faces["p_fake"] = faces["p_fake"].where(faces["label"] == "fake", 0.2)
    failed = (faces["target"] < f"t{fails:03d}") & (faces["frame"] < 2) & (faces["label"] == "real")
    faces.loc[failed, "p_fake"] = 0.9
    row = gaps(estimates(faces, by_group(faces, lambda number: "ab"[number < fails])))
    row = row.loc["skin", "false_alarms"]
    assert (row["worst"], row["worst_value"], row["best_value"]) == ("b", 0.5, 0)
    assert row["clusters"] == 6


def test_rare_values_that_are_lumped_are_not_compared():
    faces = scored_faces()
    attribute = by_group(faces, lambda number: ("x", "(9 others)", "y")[number % 3])
    lumped = Attribute("skin", attribute.parts, "(9 others)")
    found = gaps(estimates(faces, lumped)).loc["skin", "auc"]
    assert {found["worst"], found["best"]} == {"x", "y"}
    assert found["values"] == 2


def test_values_without_an_interval_are_not_compared_and_one_alone_has_no_gap():
    faces = scored_faces()
    rare = by_group(faces, lambda number: "x" if number < 2 else "y")
    row = gaps(estimates(faces, rare)).loc["skin", "auc"]
    assert row["note"] == "no gap: 1 of 2 values have an interval, 2 needed"
    assert (row["worst"], row["best"]) == ("", "")
    assert row[["gap", "gap_low", "worst_value", "best_high"]].isna().all()
    assert gaps(estimates(faces, by_group(faces, lambda number: "x"))).empty


def test_equal_values_have_a_gap_of_0_between_two_of_them():
    faces = scored_faces().assign(p_fake=0.1)
    row = gaps(estimates(faces, by_group(faces, lambda number: "abc"[number % 3])))
    row = row.loc["skin", "false_alarms"]
    assert row[["gap", "gap_low", "gap_high"]].tolist() == [0, 0, 0]
    assert row["worst"] != row["best"]


def test_the_order_of_faces_changes_nothing():
    faces = scored_faces(attributes=lambda group: f"skin={'abc'[group % 3]}")
    turned = gap_rows(estimates(faces.sample(frac=1, random_state=0)), 0.95)
    pd.testing.assert_frame_equal(gap_rows(estimates(faces), 0.95), turned)
