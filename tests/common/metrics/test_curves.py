"""Small series that keep the shape of a curve."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from stages.common.metrics.curves import POINTS, precision_recall, roc, thin, write_series

FAKE = np.array([0, 0, 1, 1], bool)
P_FAKE = np.array([0.1, 0.4, 0.35, 0.8])


def test_the_worked_example_of_scikit_learn():
    curve = roc(FAKE, P_FAKE)
    assert curve.columns.tolist() == ["fpr", "tpr"]
    assert curve.to_numpy().tolist() == [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]


def test_precision_runs_from_recall_0_to_1():
    curve = precision_recall(FAKE, P_FAKE)
    assert curve.columns.tolist() == ["recall", "precision"]
    assert curve.to_numpy().tolist() == [[0, 1], [0.5, 1], [0.5, 0.5], [1, 2 / 3], [1, 0.5]]


def test_points_that_bend_no_curve_are_left_out():
    fake = np.arange(100) < 50
    assert len(precision_recall(fake, np.linspace(1, 0, 100))) < 60
    assert len(roc(fake, np.linspace(1, 0, 100))) == 4


@pytest.mark.parametrize("fake", [np.ones(4, bool), np.zeros(4, bool)])
def test_one_class_has_no_roc_curve(fake):
    curve = roc(fake, P_FAKE)
    assert curve.empty
    assert curve.columns.tolist() == ["fpr", "tpr"]
    assert curve.dtypes.tolist() == [float, float]


def test_without_a_fake_there_is_no_recall():
    curve = precision_recall(np.zeros(4, bool), P_FAKE)
    assert curve.empty
    assert curve.columns.tolist() == ["recall", "precision"]
    assert curve.dtypes.tolist() == [float, float]
    assert len(precision_recall(np.ones(4, bool), P_FAKE))


def test_a_curve_is_thinned_evenly_along_its_way_and_keeps_ends_and_area():
    rng = np.random.default_rng(0)
    fake = rng.random(5000) < 0.5
    p_fake = 1 / (1 + np.exp(-rng.normal(fake, 1)))
    curve = precision_recall(fake, p_fake)
    assert 100 < len(curve) <= POINTS + 1
    assert curve["recall"].iloc[[0, -1]].tolist() == [0, 1]
    # The first scores make precision jump; from there on, no two points are far from each other
    assert curve[curve["recall"] > 0.1].diff().abs().sum(axis=1).max() < 0.1
    area = np.trapezoid(curve["precision"], curve["recall"])
    assert area == pytest.approx(average_precision_score(fake, p_fake), abs=2e-3)


def test_what_is_short_is_kept_whole():
    steps = pd.DataFrame({"x": np.arange(POINTS) / POINTS, "y": np.zeros(POINTS)})
    assert thin(steps) is steps
    longer = pd.DataFrame({"x": np.linspace(0, 1, POINTS * 10), "y": np.zeros(POINTS * 10)})
    kept = thin(longer)
    assert len(kept) in (POINTS, POINTS + 1)
    assert kept["x"].iloc[[0, -1]].tolist() == [0, 1]
    assert kept["x"].diff().max() < 2 / POINTS
    assert kept["x"].is_unique


def test_a_series_is_stored_rounded_and_without_repeats(tmp_path):
    path = tmp_path / "plots/roc/net.csv"
    write_series(path, pd.DataFrame({"x": [0.123456, 0.123457, 1.0], "y": [0.0, 0.0, 2 / 3]}))
    assert path.read_bytes() == b"x,y\n0.1235,0.0\n1.0,0.6667\n"
    write_series(path, pd.DataFrame({"x": [1.0]}))  # the folder may be there
    assert path.read_bytes() == b"x\n1.0\n"
