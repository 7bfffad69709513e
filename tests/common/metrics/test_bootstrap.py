from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t, ttest_1samp

from stages.common.metrics.bootstrap import (
    Intervals,
    interval,
    multiway_replicates,
    p_value,
    resample,
    standard_error,
)
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.definitions import compute_metrics, replicate_metrics
from stages.common.metrics.metrics_table import MetricsParams, slice_metrics
from stages.common.metrics.replicates import UnitCounts
from stages.common.metrics.scores import Scores


def intervals(**changes):
    values = {"replicates": 500, "confidence": 0.95, "min_clusters": 10, "seed": 0}
    return Intervals(**values | changes)


def alone(count):
    """Clusters of one score each."""
    return Clusters.of(pd.DataFrame({"target": [f"{n:04d}" for n in range(count)], "donor": ""}))


def drawn(clusters, **changes):
    """Weights of every unit in every replicate, shape (1 or 2, units, replicates)."""

    def compute(weights):
        return {str(unit): weights[:, unit] for unit in range(weights.shape[1])}

    found = resample(clusters, intervals(**changes), compute)
    return np.stack(list(found.values()), axis=1)


def pairs(*rows):
    return Clusters.of(pd.DataFrame(rows, columns=["target", "donor"]))


def test_every_replicate_draws_as_many_clusters_as_there_are():
    weights = drawn(alone(37))
    assert weights.shape == (1, 37, 500)
    assert (weights.sum(axis=1) == 37).all()


def test_without_donors_it_is_the_bootstrap_over_targets():
    """As many draws of the targets as there are, by a generator of the seed."""
    expected = np.random.default_rng(0).integers(12, size=(500, 12))
    counts = np.stack([(expected == target).sum(axis=1) for target in range(12)])
    np.testing.assert_array_equal(drawn(alone(12))[0], counts)


def test_a_fake_counts_as_often_as_its_target_times_its_donor():
    weights, of_pairs = drawn(pairs(("a", ""), ("b", ""), ("a", "b"), ("b", "c"), ("c", "")))
    a, a_and_b, b, b_and_c, c = weights
    np.testing.assert_array_equal(a_and_b, a * b)
    np.testing.assert_array_equal(b_and_c, b * c)
    assert (a + b + c == 3).all()
    # Pairs alone: reals are held
    assert (of_pairs[[0, 2, 4]] == 1).all()
    assert (of_pairs[1] + of_pairs[3] == 2).all()


def test_portions_change_nothing(monkeypatch):
    found = pairs(("a", ""), ("b", ""), ("a", "b"), ("b", "c"), ("c", ""), ("c", "a"))
    whole = drawn(found)
    monkeypatch.setattr("stages.common.metrics.bootstrap._BATCH_OF_WEIGHTS", 6 * 7)
    np.testing.assert_array_equal(whole, drawn(found))


def test_the_seed_decides():
    first, again, other = (drawn(alone(12), seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def mean_of(values, clusters, settings):
    """Mean of the values, and its replicates."""

    def compute(weights):
        sums = weights @ np.bincount(clusters.unit, values, clusters.first.size)
        return {"mean": sums / (weights @ np.bincount(clusters.unit))}

    return values.mean(), resample(clusters, settings, compute)["mean"]


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(3).normal(size=400)
    found = mean_of(values, alone(400), intervals(replicates=4000))
    low, high = interval(*found, alone(400), intervals())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.05)


@pytest.mark.parametrize(("of_persons", "of_pairs"), [(0.5, 1.0), (1.0, 0.5)])
def test_the_variance_over_pairs_is_that_of_multiway_clustering(of_persons, of_pairs):
    """Persons' less pairs', by its definition; a product alone has up to three times as much."""
    rng = np.random.default_rng(0)
    target, donor = rng.choice(40, (2, 600))
    target, donor = target[target != donor], donor[target != donor]
    person = rng.normal(0, of_persons, 40)
    values = person[target] + person[donor] + rng.normal(0, of_pairs, target.size)
    found = Clusters.of(pd.DataFrame({"target": target.astype(str), "donor": donor.astype(str)}))
    mean, replicates = mean_of(values, found, intervals(replicates=4000))
    errors = (values - mean) / values.size
    expected = (found.sums(errors) ** 2).sum() - (found.pair_sums(errors) ** 2).sum()
    variance = multiway_replicates(mean, replicates).var()
    # The product also has terms of higher order, about one in the number of persons
    assert variance == pytest.approx(expected, rel=0.15)
    assert replicates[0].var() > 1.1 * variance


def test_the_standard_error_of_a_mean_is_that_of_few_values():
    values = np.random.default_rng(3).normal(size=12)
    found = standard_error(*mean_of(values, alone(12), intervals(replicates=20_000)), alone(12))
    assert found == pytest.approx(values.std(ddof=1) / np.sqrt(12), rel=0.02)


def test_a_p_value_can_be_smaller_than_one_in_all_replicates():
    values = np.random.default_rng(3).normal(1, 1, size=100)
    found = mean_of(values, alone(100), intervals(replicates=100))
    assert p_value(*found, alone(100), intervals()) < 1e-10


def test_a_p_value_is_students():
    values = np.random.default_rng(3).normal(0.2, 1, size=60)
    found = mean_of(values, alone(60), intervals(replicates=20_000))
    expected = ttest_1samp(values, 0).pvalue
    assert p_value(*found, alone(60), intervals()) == pytest.approx(expected, rel=0.05)


def test_what_never_differs_has_a_p_value_of_1_and_what_always_does_has_none():
    same = np.zeros((1, 500))
    assert p_value(0.0, same, alone(20), intervals()) == 1.0
    assert np.isnan(p_value(0.5, same + 0.5, alone(20), intervals()))


def test_too_few_clusters_give_no_interval_and_no_p_value():
    reason = interval(1.0, np.ones((1, 500)), alone(9), intervals())
    assert reason == "no interval: 9 clusters, 10 needed"
    assert np.isnan(p_value(1.0, np.ones((1, 500)), alone(9), intervals()))


def test_as_many_clusters_as_needed_give_an_interval_of_expanded_percentiles():
    """Hesterberg (2015): the percentiles at which n / (n - 1) and t widen a normal interval."""
    tail = norm.cdf(t.ppf(0.025, 9) * np.sqrt(10 / 9))
    low, high = interval(0.5, np.linspace(0, 1, 1001)[None], alone(10), intervals())
    assert (low, high) == pytest.approx((tail, 1 - tail))


def test_as_many_undefined_replicates_as_allowed_give_an_interval():
    replicates = np.where(np.arange(500) < 25, np.nan, 0.5)[None]
    assert interval(0.5, replicates, alone(20), intervals()) == (0.5, 0.5)


def test_a_single_portion_and_portions_of_one_are_taken(monkeypatch):
    def shapes(count):
        found = []
        settings = intervals(replicates=100)
        resample(alone(count), settings, lambda w: (found.append(w), {"w": w[:, 0]})[1])
        assert {weights.dtype for weights in found} == {np.dtype(np.float64)}
        return {weights.shape for weights in found}

    assert shapes(12) == {(100, 12)}
    monkeypatch.setattr("stages.common.metrics.bootstrap._BATCH_OF_WEIGHTS", 5)
    assert shapes(12) == {(1, 12)}


def test_a_figure_often_undefined_gives_no_interval():
    replicates = np.where(np.arange(500) < 50, np.nan, 0.5)[None]
    reason = interval(0.5, replicates, alone(20), intervals())
    assert reason == "no interval: undefined in 10% of the resamplings"


def columns(scores):
    return (scores["label"] == "fake").to_numpy(), scores["p_fake"].to_numpy()


def made_scores(rng, groups, faces, spread):
    """Groups of a real and a fake video, whose faces share the video's and the group's luck."""
    rows = []
    for group in range(groups):
        luck = rng.normal(0, spread)
        for label, shift in (("real", 0.0), ("fake", 1.5)):
            logits = shift + luck + rng.normal(0, spread) + rng.normal(0, 1, faces)
            rows.append(pd.DataFrame({"p_fake": norm.cdf(logits), "label": label, "target": group}))
    return pd.concat(rows).assign(donor="")


def test_an_interval_over_groups_is_wider_than_one_over_frames():
    scores = made_scores(np.random.default_rng(0), 30, 10, spread=1.0)
    settings = MetricsParams(ece_bins=10, intervals=intervals())
    width = {}
    for unit, table in {
        "groups": scores,
        "frames": scores.assign(target=np.arange(len(scores))),
    }.items():
        auc = slice_metrics(table, 0.5, settings).set_index("metric").loc["auc"]
        width[unit] = auc["high"] - auc["low"]
    assert width["groups"] > 1.5 * width["frames"]


@pytest.mark.slow
@pytest.mark.parametrize("groups", [20, 40, 100])
def test_intervals_hold_the_truth_as_often_as_promised(groups):
    names = (
        "auc",
        "average_precision",
        "equal_error_rate",
        "balanced_accuracy",
        "log_loss",
        "brier",
    )
    rng, settings, trials = np.random.default_rng(7), intervals(replicates=1000), 500
    truth = compute_metrics(Scores(*columns(made_scores(rng, 20_000, 4, 1.0)), 0.5, 10))
    held = dict.fromkeys(names, 0)
    for _ in range(trials):
        table = made_scores(rng, groups, 4, 1.0)
        scores, clusters = Scores(*columns(table), 0.5, 10), Clusters.of(table)
        points = compute_metrics(scores)
        found = resample(
            clusters, settings, partial(replicate_metrics, UnitCounts(scores, clusters.unit))
        )
        for name in names:
            low, high = interval(points[name], found[name], clusters, settings)
            held[name] += low <= truth[name] <= high
    coverage = {name: count / trials for name, count in held.items()}
    print(groups, coverage)
    # Three standard errors of a share of 0.95 among the trials, and 0.01 for what no bootstrap
    # of so few groups can know
    assert all(abs(share - 0.95) <= 0.01 + 3 * 0.0098 for share in coverage.values()), coverage
