import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn import metrics
from sklearn.metrics import roc_curve

from stages.common.metrics.calibration import expected_calibration_error
from stages.common.metrics.definitions import DEFINITIONS, compute_metrics, equal_error_rate
from stages.common.metrics.scores import Scores

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"
FAKE = np.array([0, 0, 1, 1], bool)
SCORES = np.array([0.1, 0.4, 0.35, 0.8])


def test_the_worked_example_of_scikit_learn():
    # User guide and docstrings of roc_auc_score and average_precision_score
    found = compute_metrics(Scores(FAKE, SCORES, threshold=0.5, ece_bins=15))
    assert found["auc"] == pytest.approx(0.75)
    assert found["average_precision"] == pytest.approx(0.8333, abs=1e-4)


def test_log_loss_and_brier_of_worked_examples():
    # Docstrings of scikit-learn: log_loss(["spam", "ham", "ham", "spam"], …), brier_score_loss
    fake = np.array([1, 0, 0, 1], bool)
    found = compute_metrics(Scores(fake, np.array([0.9, 0.1, 0.2, 0.65]), 0.5, 15))
    assert found["log_loss"] == pytest.approx(0.21616, abs=1e-5)
    fake = np.array([0, 1, 1, 0], bool)
    found = compute_metrics(Scores(fake, np.array([0.1, 0.9, 0.8, 0.3]), 0.5, 15))
    assert found["brier"] == pytest.approx(0.0375)


def test_calibration_error_of_a_worked_example():
    # torchmetrics, BinaryCalibrationError(n_bins=2, norm="l1")
    fake = np.array([0, 0, 1, 1, 1], bool)
    scores = np.array([0.25, 0.25, 0.55, 0.75, 0.75])
    assert expected_calibration_error(fake, scores, 2) == pytest.approx(0.29, abs=1e-4)


def test_calibration_error_of_perfectly_calibrated_scores_is_zero():
    scores = np.repeat([0.25, 0.75], 8)
    fake = np.tile([1, 0, 0, 0], 4).astype(bool)
    fake[8:] = ~fake[8:]
    assert expected_calibration_error(fake, scores, 10) == pytest.approx(0)


@given(st.integers(0, 10_000), st.integers(2, 300), st.integers(1, 6), st.floats(0, 1))
def test_metrics_are_those_of_scikit_learn(seed, size, decimals, threshold):
    rng = np.random.default_rng(seed)
    fake = rng.random(size) < rng.random()
    p_fake = (0.2 * fake + 0.8 * rng.random(size)).round(decimals)
    scores = Scores(fake, p_fake, threshold)
    called = p_fake >= threshold
    expected = {
        "auc": metrics.roc_auc_score,
        "partial_auc_fpr1": partial(metrics.roc_auc_score, max_fpr=0.01),
        "partial_auc_fpr10": partial(metrics.roc_auc_score, max_fpr=0.1),
        "average_precision": metrics.average_precision_score,
        "log_loss": partial(metrics.log_loss, labels=[False, True]),
        "brier": metrics.brier_score_loss,
        "accuracy": lambda fake, _: metrics.accuracy_score(fake, called),
        "balanced_accuracy": lambda fake, _: metrics.balanced_accuracy_score(fake, called),
        "f1": lambda fake, _: metrics.f1_score(fake, called),
        "precision": lambda fake, _: metrics.precision_score(fake, called),
        "recall": lambda fake, _: metrics.recall_score(fake, called),
    }
    for name, value in compute_metrics(scores, expected).items():
        if not isinstance(value, str):  # defined
            assert value == pytest.approx(expected[name](fake, p_fake), abs=1e-12), name


def test_equal_error_rate_of_a_worked_example():
    # Ten genuine and ten impostor scores, three of each on the wrong side of 0.5: 30 %
    impostors = [0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.6, 0.7, 0.8]
    genuine = [0.15, 0.22, 0.42, 0.55, 0.65, 0.75, 0.85, 0.9, 0.95, 0.99]
    fake = np.repeat([True, False], 10)
    scores = Scores(fake, np.array(genuine + impostors))
    assert DEFINITIONS["equal_error_rate"].of(scores) == pytest.approx(0.3)


@pytest.mark.parametrize("seed", range(20))
def test_equal_error_rate_is_where_another_solver_finds_it(seed):
    rng = np.random.default_rng(seed)
    fake = rng.random(60) < 0.4
    fpr, tpr, _ = roc_curve(fake, rng.normal(fake, 1).round(1), drop_intermediate=False)
    solved = brentq(lambda x: 1 - x - interp1d(fpr, tpr)(x), 0, 1)
    assert equal_error_rate(fpr, tpr) == pytest.approx(solved, abs=1e-9)


def test_true_positive_rate_within_a_bound_on_false_alarms():
    fake = np.repeat([True, False], [10, 100])
    scores = np.concatenate([np.linspace(0.905, 0.995, 10), np.arange(100) / 100])
    found = compute_metrics(Scores(fake, scores, 0.5, 10))
    # 0.99 is the highest real: one fake is above it, two above 0.98, six above 0.94
    assert found["tpr_at_fpr1"] == pytest.approx(0.2)
    assert found["tpr_at_fpr5"] == pytest.approx(0.6)
    assert found["tpr_at_fpr10"] == pytest.approx(1.0)


def test_every_metric_is_there_in_its_order():
    assert list(compute_metrics(Scores(FAKE, SCORES, 0.5, 10))) == list(DEFINITIONS)


@pytest.mark.parametrize(("fake", "reason"), [(True, "only fakes"), (False, "only reals")])
def test_one_class_gives_the_reason_and_never_a_number(fake, reason):
    found = compute_metrics(Scores(np.full(5, fake), np.linspace(0.1, 0.9, 5), 0.5, 10))
    assert found["auc"] == found["equal_error_rate"] == found["balanced_accuracy"] == reason
    assert isinstance(found["log_loss"], float)


def test_nothing_scored_gives_the_reason():
    found = compute_metrics(Scores(np.empty(0, bool), np.empty(0), 0.5, 10))
    assert set(found.values()) == {"nothing was scored"}


def test_precision_is_undefined_where_nothing_is_called_fake():
    found = compute_metrics(Scores(FAKE, SCORES, 0.9, 10))
    assert found["precision"] == "nothing was called fake"
    assert found["recall"] == 0


def test_the_docs_have_every_metric_in_its_order():
    section = DOCS.read_text().split("## Definitions")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert [name for row in rows for name in re.findall("`(.+?)`", row)] == list(DEFINITIONS)


def test_only_what_a_threshold_decides_needs_one():
    found = compute_metrics(Scores(FAKE, SCORES, np.nan, 10))
    without = {
        name for name, value in found.items() if value == "no threshold: val needs both classes"
    }
    assert without == {name for name, metric in DEFINITIONS.items() if metric.kind == "decision"}


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("tpr_at_fpr1", 100),
        ("partial_auc_fpr1", 100),
        ("tpr_at_fpr5", 20),
        ("tpr_at_fpr10", 10),
        ("partial_auc_fpr10", 10),
    ],
)
def test_a_rate_that_the_reals_cannot_resolve_is_no_number(name, needed):
    """One false alarm of fewer reals is already above the bound."""
    for reals in (needed - 1, needed):
        fake = np.repeat([True, False], [5, reals])
        found = DEFINITIONS[name].of(Scores(fake, np.linspace(1, 0, fake.size)))
        if reals < needed:
            assert found == f"not resolvable with {reals} reals, {needed} needed"
        else:
            assert isinstance(found, float)
