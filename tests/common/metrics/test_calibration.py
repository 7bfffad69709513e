import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit

from stages.common.metrics.calibration import (
    LOWEST,
    fit_temperature,
    log_odds,
    probability,
    reliability,
)


@pytest.mark.parametrize("truth", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(truth):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 4, 50_000)
    fake = rng.random(50_000) < expit(logits / truth)
    assert fit_temperature(logits, fake) == pytest.approx(truth, rel=0.05)


def test_separable_scores_do_not_ask_for_certainty():
    logits, fake = np.array([-1.0, -0.5, 0.5, 1.0] * 5), np.array([0, 0, 1, 1] * 5, bool)
    temperature = fit_temperature(logits, fake)
    assert temperature > 0.1
    assert probability(logits, temperature).max() < 0.99


@given(st.lists(st.floats(-1e4, 1e4), min_size=1), st.floats(0.05, 20))
def test_probabilities_keep_order_and_can_be_stored(logits, temperature):
    p_fake = probability(np.sort(logits), temperature)
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


def test_a_temperature_above_1_takes_confidence_away():
    logits = np.array([-3.0, 1.0, 2.0], np.float32)
    for temperature in (0.5, 1.0, 4.0):
        expected = expit(logits.astype(np.float64) / temperature).round(6)
        assert probability(logits, temperature).tolist() == expected.tolist()
        assert probability(logits, temperature).dtype == np.float64


def test_the_labels_are_softened_as_platt_did():
    """Where the derivative of the cross-entropy with softened labels is zero, found otherwise."""
    logits = np.array([-2.0, -1.0, 0.3, -0.4, 1.0, 2.5, 3.0])
    fake = np.array([0, 0, 0, 1, 1, 1, 1], bool)
    target = np.where(fake, 5 / 6, 1 / 5)
    slope = brentq(lambda a: np.sum((expit(a * logits) - target) * logits), 1e-3, 20)
    found = fit_temperature(logits, fake)
    assert found == pytest.approx(1 / slope, abs=1e-3)
    assert found == round(found, 4)


def test_the_temperature_stays_within_its_bounds():
    logits, fake = np.array([-1e-4, 1e-4] * 50), np.array([0, 1] * 50, bool)
    assert fit_temperature(logits, fake) == pytest.approx(0.05, abs=1e-3)
    assert fit_temperature(-logits, fake) == pytest.approx(20, rel=1e-2)
