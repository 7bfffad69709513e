from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from stages.common.metrics.bootstrap import Intervals, interval, resample
from stages.common.metrics.definitions import compute_metrics, replicate_metrics
from stages.common.metrics.metrics_table import MetricsParams, slice_metrics
from stages.common.metrics.scores import Scores


def intervals(**changes):
    values = {"replicates": 500, "confidence": 0.95, "min_groups": 10, "seed": 0}
    return Intervals(**values | changes)


def test_every_replicate_draws_as_many_groups_as_there_are():
    sums = resample(37, intervals(), lambda weights: {"drawn": weights.sum(axis=1)})["drawn"]
    assert sums.shape == (500,)
    assert (sums == 37).all()


def test_portions_change_nothing(monkeypatch):
    whole = resample(12, intervals(), lambda weights: {"first": weights[:, 0]})["first"]
    monkeypatch.setattr("stages.common.metrics.bootstrap._BATCH_OF_WEIGHTS", 12 * 7)
    parts = resample(12, intervals(), lambda weights: {"first": weights[:, 0]})["first"]
    np.testing.assert_array_equal(whole, parts)


def test_the_seed_decides():
    first, again, other = (
        resample(12, intervals(seed=seed), lambda weights: {"w": weights[:, 0]})["w"]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(3).normal(size=400)
    means = resample(400, intervals(replicates=4000), lambda w: {"m": w @ values / 400})["m"]
    low, high = interval(means, 400, intervals())
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.05)


def test_too_few_groups_give_no_interval():
    assert interval(np.ones(500), 9, intervals()) == "no interval: 9 groups, 10 needed"


def test_as_many_groups_as_needed_give_an_interval_of_expanded_percentiles():
    """Hesterberg (2015): the percentiles at which n / (n - 1) and t widen a normal interval."""
    tail = norm.cdf(t.ppf(0.025, 9) * np.sqrt(10 / 9))
    low, high = interval(np.linspace(0, 1, 1001), 10, intervals())
    assert (low, high) == pytest.approx((tail, 1 - tail))


def test_as_many_undefined_replicates_as_allowed_give_an_interval():
    replicates = np.where(np.arange(500) < 25, np.nan, 0.5)
    assert interval(replicates, 20, intervals()) == (0.5, 0.5)


def test_a_single_portion_and_portions_of_one_are_taken(monkeypatch):
    def shapes(groups):
        found = []
        resample(groups, intervals(replicates=100), lambda w: (found.append(w), {"w": w[:, 0]})[1])
        assert {weights.dtype for weights in found} == {np.dtype(np.float64)}
        return {weights.shape for weights in found}

    assert shapes(12) == {(100, 12)}
    monkeypatch.setattr("stages.common.metrics.bootstrap._BATCH_OF_WEIGHTS", 5)
    assert shapes(12) == {(1, 12)}


def test_a_figure_often_undefined_gives_no_interval():
    replicates = np.where(np.arange(500) < 50, np.nan, 0.5)
    reason = interval(replicates, 20, intervals())
    assert reason == "no interval: undefined in 10% of the resamplings"


def columns(scores):
    return (scores["label"] == "fake").to_numpy(), scores["p_fake"].to_numpy(), scores["group"]


def made_scores(rng, groups, faces, spread):
    """Groups of a real and a fake video, whose faces share the video's and the group's luck."""
    rows = []
    for group in range(groups):
        luck = rng.normal(0, spread)
        for label, shift in (("real", 0.0), ("fake", 1.5)):
            logits = shift + luck + rng.normal(0, spread) + rng.normal(0, 1, faces)
            rows.append(pd.DataFrame({"p_fake": norm.cdf(logits), "label": label, "group": group}))
    return pd.concat(rows)


def test_an_interval_over_groups_is_wider_than_one_over_frames():
    scores = made_scores(np.random.default_rng(0), 30, 10, spread=1.0)
    settings = MetricsParams(ece_bins=10, intervals=intervals())
    width = {}
    for unit, table in {
        "groups": scores,
        "frames": scores.assign(group=np.arange(len(scores))),
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
    truth = compute_metrics(Scores(*columns(made_scores(rng, 20_000, 4, 1.0))[:2], 0.5, 10))
    held = dict.fromkeys(names, 0)
    for _ in range(trials):
        fake, p_fake, group = columns(made_scores(rng, groups, 4, 1.0))
        found = resample(
            groups,
            settings,
            partial(replicate_metrics, Scores(fake, p_fake, 0.5, 10), group),
        )
        for name in names:
            low, high = interval(found[name], groups, settings)
            held[name] += low <= truth[name] <= high
    coverage = {name: count / trials for name, count in held.items()}
    print(groups, coverage)
    # Three standard errors of a share of 0.95 among the trials, and 0.01 for what no bootstrap
    # of so few groups can know
    assert all(abs(share - 0.95) <= 0.01 + 3 * 0.0098 for share in coverage.values()), coverage
