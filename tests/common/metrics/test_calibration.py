import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from stages.common.metrics.calibration import (
    LOWEST,
    at_prior,
    expected_calibration_error,
    fit_platt,
    log_odds,
    probability,
    reliability,
)


@pytest.mark.parametrize(("slope", "bias"), [(2.0, 0.0), (1.0, -1.5), (0.3, 2.0)])
def test_the_line_that_made_the_labels_is_found(slope, bias):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 4, 50_000)
    fake = rng.random(50_000) < expit(slope * logits + bias)
    assert fit_platt(logits, fake) == pytest.approx((slope, bias), abs=0.05)


def test_perfect_evidence_of_a_balanced_training_is_calibrated_where_fakes_are_many():
    """Log-likelihood ratios, and four fakes to a real: a temperature gave 0.253 and 0.094."""

    def draw(cases, seed):
        rng = np.random.default_rng(seed)
        fake = rng.random(cases) < 0.8
        return 2.5**2 * (fake - 0.5) + 2.5 * rng.normal(size=cases), fake

    slope, bias = fit_platt(*draw(5_000, seed=0))
    logits, fake = draw(50_000, seed=1)
    p_fake = probability(slope * logits + bias)
    best = log_loss(fake, expit(logits + logit(0.8)))
    assert log_loss(fake, p_fake) == pytest.approx(best, abs=0.002)
    assert best == pytest.approx(0.19, abs=0.005)
    assert expected_calibration_error(fake, p_fake, 15) < 0.01


def test_separable_scores_do_not_ask_for_certainty():
    logits, fake = np.array([-1.0, -0.5, 0.5, 1.0] * 5), np.array([0, 0, 1, 1] * 5, bool)
    slope, bias = fit_platt(logits, fake)
    p_fake = expit(slope * logits + bias)
    assert 0.01 < p_fake.min() < 0.1
    assert 0.9 < p_fake.max() < 0.99


@given(st.lists(st.floats(-1e4, 1e4), min_size=1))
def test_probabilities_keep_order_and_can_be_stored(odds):
    p_fake = probability(np.sort(odds))
    assert (np.diff(p_fake) >= 0).all()
    assert (p_fake > 0).all()
    assert (p_fake < 1).all()
    assert np.isfinite(log_odds(p_fake)).all()
    assert [float(f"{p:.6f}") for p in p_fake] == p_fake.tolist()


def test_reliability_counts_every_score_once():
    p_fake = np.array([0.0, 0.05, 0.95, 1.0])
    curve = reliability(np.array([0, 1, 1, 1], bool), p_fake, 10)
    assert curve["bin"].tolist() == [0, 9]
    assert curve["count"].tolist() == [2, 2]
    assert curve["observed"].tolist() == [0.5, 1.0]
    assert curve["predicted"].tolist() == pytest.approx([0.025, 0.975])


def test_log_odds_of_certainty_are_finite():
    bound = np.log((1 - LOWEST) / LOWEST)
    assert log_odds(np.array([0.0, 0.5, 1.0])) == pytest.approx([-bound, 0.0, bound])


def test_probabilities_are_doubles_of_six_decimals():
    odds = np.array([-3.0, 1.0, 2.0], np.float32)
    found = probability(odds)
    assert found.tolist() == expit(odds.astype(np.float64)).round(6).tolist()
    assert found.dtype == np.float64


@given(seed=st.integers(0, 1000), fakes=st.integers(1, 20), reals=st.integers(1, 20))
def test_the_line_is_that_of_a_logistic_regression_on_softened_labels(seed, fakes, reals):
    """scikit-learn's, where each case counts as both labels, by weight."""
    fake = np.repeat([True, False], [fakes, reals])
    logits = np.random.default_rng(seed).normal(np.where(fake, 2.0, -2.0), 2.0)
    target = np.where(fake, (fakes + 1) / (fakes + 2), 1 / (reals + 2))
    regression = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(
        np.tile(logits, 2)[:, None],
        np.repeat([True, False], fake.size),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope, bias = fit_platt(logits, fake)
    if regression.coef_[0, 0] * logits.std() > 0.02:
        assert slope == pytest.approx(regression.coef_[0, 0], rel=1e-2, abs=1e-4)
        assert bias == pytest.approx(regression.intercept_[0], rel=1e-2, abs=1e-3)
    assert slope > 0


@given(scale=st.floats(1e-3, 1e3), move=st.floats(-1e3, 1e3))
def test_the_scale_of_the_logits_does_not_matter(scale, move):
    rng = np.random.default_rng(3)
    fake = rng.random(60) < 0.4
    logits = rng.normal(2.0 * fake, 1.5)
    slope, bias = fit_platt(logits, fake)
    other, offset = fit_platt(scale * logits + move, fake)
    expected = expit(slope * logits + bias)
    assert expit(other * (scale * logits + move) + offset) == pytest.approx(expected, abs=1e-4)


def test_scores_that_point_the_wrong_way_are_not_turned_round():
    logits, fake = np.array([-1.0, 1.0] * 50), np.array([1, 0] * 50, bool)
    slope, bias = fit_platt(logits, fake)
    assert slope == pytest.approx(0.01)
    assert bias == pytest.approx(0.0, abs=1e-6)


def test_equal_logits_give_the_share_of_fakes():
    slope, bias = fit_platt(np.full(100, 3.0), np.arange(100) < 80)
    assert expit(3.0 * slope + bias) == pytest.approx(0.8, abs=0.01)


# Log odds beyond those of 1e-6 are not told apart
@given(
    st.lists(st.floats(0.001, 0.999), min_size=1),
    st.floats(0.05, 0.95),
    st.floats(0.05, 0.95),
)
def test_a_change_of_the_prior_is_bayes_rule_and_can_be_undone(p_fake, old, new):
    p_fake = np.array(p_fake)
    moved = at_prior(p_fake, old, new)
    fake, real = p_fake * new / old, (1 - p_fake) * (1 - new) / (1 - old)
    assert moved == pytest.approx(fake / (fake + real))
    assert at_prior(moved, new, old) == pytest.approx(p_fake, abs=1e-6)
    assert at_prior(np.array([old]), old, new) == pytest.approx([new])
