"""The errors on each part of an attribute, and their intervals: stages/explain/errors_by.py."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common import table
from stages.common.metrics.bootstrap import Intervals
from stages.common.metrics.metrics_table import MetricsParams, slice_metrics
from stages.common.tables.errors import ERRORS
from stages.explain.attributes import Attribute, attributes_of
from stages.explain.errors_by import error_rows, estimate_errors
from tests.support.explain import scored_faces

INTERVALS = Intervals(replicates=200, confidence=0.95, min_clusters=10, seed=0)


def errors(faces, *attributes, threshold=0.5):
    found = attributes or attributes_of(faces, 4, INTERVALS.min_clusters)
    rows = error_rows(estimate_errors(faces, found, threshold, INTERVALS))
    return ERRORS.validate(rows).set_index(["attribute", "part", "metric"]).sort_index()


def by(faces, name, values):
    return Attribute(name, pd.Series(values, faces.index))


@pytest.mark.parametrize("donors", [False, True])
def test_all_faces_have_the_metrics_and_intervals_of_the_metric_table(donors):
    faces = scored_faces()
    if donors:
        other = "t" + ((faces["target"].str[1:].astype(int) + 7) % 30).map("{:03d}".format)
        faces["donor"] = other.where(faces["label"] == "fake", "")
    params = MetricsParams(ece_bins=10, intervals=INTERVALS)
    expected = slice_metrics(faces, 0.6, params).set_index("metric")
    found = errors(faces, threshold=0.6).loc["all", "all"]
    bounds = ["value", "low", "high"]
    assert found.loc["auc", bounds].tolist() == pytest.approx(expected.loc["auc", bounds].tolist())
    recall = expected.loc["recall", ["value", "high", "low"]]
    assert found.loc["missed", bounds].tolist() == pytest.approx((1 - recall).tolist())
    assert (found["clusters"] == 30).all()


def test_errors_are_shares_of_the_faces_of_a_part():
    faces = scored_faces(attributes=lambda group: f"third={group % 3}")
    found = errors(faces)
    for part, rows in faces.groupby(faces["attributes"].str[-1]):
        called = rows["p_fake"] >= 0.5
        real = rows["label"] == "real"
        assert found.loc[("third", part, "false_alarms"), "value"] == called[real].mean()
        assert found.loc[("third", part, "missed"), "value"] == (~called)[~real].mean()
        assert found.loc[("third", part, "auc"), ["fakes", "reals", "clusters"]].tolist() == [
            80, 40, 10,
        ]  # fmt: skip
    assert found.loc[("third", "0", "false_alarms"), "low"] > 0.5
    assert found.loc[("third", "1", "false_alarms"), "high"] < 0.5


def test_what_only_fakes_have_is_compared_with_all_reals():
    faces = scored_faces()
    found = errors(faces).loc["method"]
    assert set(found.index) == {
        (part, of) for part in ("blend", "swap") for of in ("auc", "missed")
    }
    for part in ("blend", "swap"):
        rows = faces[faces["method"].isin([part, "real"])]
        expected = slice_metrics(rows, 0.5, MetricsParams(ece_bins=10, intervals=INTERVALS))
        auc = expected.set_index("metric").loc["auc", "value"]
        assert found.loc[(part, "auc"), "value"] == pytest.approx(auc)
        assert found.loc[(part, "auc"), ["fakes", "reals"]].tolist() == [120, 120]


def test_what_only_reals_have_is_compared_with_all_fakes():
    faces = scored_faces()
    half = np.where(np.arange(len(faces)) % 2, "a", "b")
    found = errors(faces, by(faces, "camera", np.where(faces["label"] == "real", half, "")))
    assert set(found.index) == {
        ("camera", part, of) for part in "ab" for of in ("auc", "false_alarms")
    }
    assert found["fakes"].tolist() == [240] * 4


def test_a_value_of_one_label_among_others_says_so():
    faces = scored_faces()
    part = np.where(faces["method"] == "swap", "a", "b")
    found = errors(faces, by(faces, "camera", part)).loc["camera"]
    assert found.loc[("a", "auc"), "note"] == "only fakes"
    assert found.loc[("a", "false_alarms"), ["value", "low"]].isna().all()
    assert found.loc[("a", "missed"), "note"] == ""


def test_faces_of_unknown_value_are_in_no_part():
    faces = scored_faces()
    known = by(faces, "skin", np.where(faces["target"] < "t020", "dark", ""))
    found = errors(faces, known)
    assert found["fakes"].tolist() == [160] * 3


def test_too_few_clusters_of_either_label_say_so():
    """The AUC of many fakes and three clusters of reals rests on three."""
    faces = scored_faces()
    few = (faces["label"] == "real") & (faces["target"] >= "t003")
    found = errors(faces, by(faces, "skin", np.where(few, "light", "dark"))).loc["skin", "dark"]
    assert found["clusters"].to_dict() == {"auc": 3, "false_alarms": 3, "missed": 30}
    assert found["note"].to_dict() == {
        "auc": "no interval: 3 clusters, 10 needed",
        "false_alarms": "no interval: 3 clusters, 10 needed",
        "missed": "",
    }
    assert found.loc[["auc", "false_alarms"], ["low", "high"]].isna().all(axis=None)
    assert found["value"].notna().all()


def test_the_table_has_the_same_bytes_whatever_the_order_of_the_faces(tmp_path):
    faces = scored_faces(attributes=lambda group: f"third={group % 3}")
    written = []
    for number in range(3):
        shuffled = faces.sample(frac=1, random_state=number) if number else faces
        table.write(tmp_path / "errors.csv", errors(shuffled).reset_index(), ERRORS)
        written.append((tmp_path / "errors.csv").read_bytes())
    assert len(set(written)) == 1


def values_of(key, node):
    """Every value of a key in nested lists and mappings."""
    if isinstance(node, list):
        return [value for item in node for value in values_of(key, item)]
    if not isinstance(node, dict):
        return []
    below = [value for item in node.values() for value in values_of(key, item)]
    return [*below, node[key]] if key in node else below


def test_the_plot_draws_columns_of_the_table(pytestconfig):
    text = (pytestconfig.rootpath / ".dvc/plots/errors.json").read_text()
    template = json.loads(text)
    fields = {name for name in values_of("field", template) if not name.startswith("<")}
    fields |= set(re.findall(r"datum\.(\w+)", text)) - {"label"}
    of_dvc, made = {"rev"}, set(values_of("as", template))
    assert fields - of_dvc - made <= set(ERRORS.columns)
    stages = yaml.safe_load((pytestconfig.rootpath / "dvc.yaml").read_text())["stages"]
    (drawn,) = stages["explain"]["plots"][0].values()
    assert {drawn["x"], drawn["y"]} <= set(ERRORS.columns)
