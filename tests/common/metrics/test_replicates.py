import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.metrics import replicates
from stages.common.metrics.definitions import DEFINITIONS, replicate_metrics
from stages.common.metrics.replicates import Replicates, UnitCounts
from stages.common.metrics.scores import Scores


def is_unresolved(reason):
    return isinstance(reason, str) and reason.startswith("not resolvable")


def test_just_enough_reals_are_enough_in_every_replicate():
    fake = np.repeat([True, False], [10, 100])
    scores = Scores(fake, np.random.default_rng(0).random(110), 0.5)
    group = np.arange(110) // 2
    weights = np.random.default_rng(1).multinomial(55, [1 / 55] * 55, 200).astype(float)
    found = replicate_metrics(UnitCounts(scores, group), weights)["tpr_at_fpr1"]
    assert np.isfinite(found).mean() > 0.95


@given(seed=st.integers(0, 10_000), size=st.integers(2, 60), decimals=st.integers(1, 6))
def test_each_replicate_is_what_scikit_learn_says_of_the_repeated_groups(seed, size, decimals):
    rng = np.random.default_rng(seed)
    group = np.sort(rng.integers(0, max(1, size // 4), size))
    group = np.unique(group, return_inverse=True)[1]
    fake, p_fake = rng.random(size) < 0.5, rng.random(size).round(decimals)
    weights = rng.integers(0, 4, (5, group.max() + 1)).astype(float)
    scores = Scores(fake, p_fake, 0.5, 10, prior=0.4)
    found = replicate_metrics(UnitCounts(scores, group), weights)
    expected = {}
    for row, weight in enumerate(weights):
        rows = np.repeat(np.arange(size), weight[group].astype(int))
        for name, metric in DEFINITIONS.items():
            # Whether there are enough reals is said of all scores, not of each replicate
            reason = metric.of(scores)
            always = dataclasses.replace(metric, min_reals=0)
            expected[name] = reason if is_unresolved(reason) else always.of(scores.take(rows))
            if isinstance(expected[name], str):
                assert np.isnan(found[name][row]), name
            else:
                assert found[name][row] == pytest.approx(expected[name], abs=1e-9), name


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_more_distinct_scores_than_places_change_little(monkeypatch, share):
    rng = np.random.default_rng(1)
    fake = rng.random(20_000) < share
    p_fake = 1 / (1 + np.exp(-rng.normal(np.where(fake, 1, -1), 1.5)))
    group, weights = np.arange(20_000) // 20, rng.multinomial(1000, [1e-3] * 1000, 40).astype(float)
    scores = Scores(fake, p_fake, 0.5, 10, prior=0.4)
    near = replicate_metrics(UnitCounts(scores, group), weights)
    monkeypatch.setattr(replicates, "GRID", 10**6)
    exact = replicate_metrics(UnitCounts(scores, group), weights)
    for name in DEFINITIONS:
        moved = (near[name] - exact[name]) / max(1e-6, exact[name].std())
        assert abs(moved.mean()) < 0.15, name
        assert moved.std() < 0.25, name


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_metric_without_a_short_cut_has_the_same_replicates(name):
    rng = np.random.default_rng(5)
    scores = Scores(rng.random(30) < 0.5, rng.random(30), 0.5, 10, prior=0.4)
    made = Replicates(
        UnitCounts(scores, np.arange(30) // 3), rng.integers(0, 3, (20, 10)).astype(float)
    )
    slow = dataclasses.replace(DEFINITIONS[name], replicates=None).of_replicates(made)
    np.testing.assert_allclose(slow, DEFINITIONS[name].of_replicates(made), atol=1e-9)


def test_scores_are_binned_only_where_a_curve_is_asked_for(monkeypatch):
    monkeypatch.setattr(UnitCounts, "by_score", property(lambda self: pytest.fail("binned")))
    counts = UnitCounts(Scores(np.array([True, False]), np.array([0.2, 0.7]), 0.5), np.arange(2))
    found = replicate_metrics(counts, np.ones((3, 2)), ["accuracy", "brier", "ece", "log_loss"])
    np.testing.assert_array_equal(found["accuracy"], np.zeros(3))
