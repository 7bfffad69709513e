"""The law that `bench.learning_curve` fits, on made AUCs whose law is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.learning_curve import extrapolated, fitted, gains, power_law

NUMBERS = [250, 500, 1000, 2000, 4000]


def made_aucs(law, rng, seeds=4, noise=0.004, replicates=50):
    """AUCs of a known law: a part of the noise is of the clusters, one of the seed."""
    truth = 1 - power_law(np.array(NUMBERS), *law)
    of_clusters = rng.normal(0, noise, len(NUMBERS))
    resampled = rng.normal(0, noise, (len(NUMBERS), replicates))
    aucs = []
    for _ in range(seeds):
        values = truth + of_clusters + rng.normal(0, noise, len(NUMBERS))
        aucs.append([(v, (v + drawn)[None]) for v, drawn in zip(values, resampled, strict=True)])
    return aucs


@given(st.floats(0, 0.2), st.floats(0.05, 0.2), st.floats(0.2, 1))
def test_the_law_is_found_where_there_is_no_noise(floor, scale, exponent):
    numbers = np.array(NUMBERS)
    errors = power_law(numbers, floor, scale, exponent)
    found = fitted(numbers, errors)
    np.testing.assert_allclose(power_law(numbers, *found), errors, atol=1e-4)
    further = power_law(16_000, floor, scale, exponent)
    assert power_law(16_000, *found) == pytest.approx(further, abs=2e-3)


def test_its_values_and_further_aucs_are_named():
    law = (0.1, 0.1, 0.5)
    table = extrapolated(NUMBERS, made_aucs(law, np.random.default_rng(0), noise=1e-6))
    found = table.set_index("").loc
    assert found["exponent", "law"] == pytest.approx(0.5, abs=0.01)
    assert found["AUC at 8,000 groups", "law"] == pytest.approx(
        1 - power_law(8000, *law), abs=0.001
    )
    assert len(table) == len(NUMBERS) + 2 + 3


@pytest.mark.end_to_end
def test_the_intervals_hold_the_further_auc():
    law, rng = (0.08, 0.12, 0.5), np.random.default_rng(2)
    truth = 1 - power_law(16_000, *law)
    held = []
    for _ in range(20):
        found = extrapolated(NUMBERS, made_aucs(law, rng)).set_index("").loc["AUC at 16,000 groups"]
        held.append(found["low"] <= truth <= found["high"])
    assert np.mean(held) >= 0.8


def test_each_number_is_compared_with_the_one_before():
    table = gains(NUMBERS, made_aucs((0, 0.2, 0.5), np.random.default_rng(0), noise=1e-6))
    assert table["auc"].tolist() == ["0.600", "0.717", "0.800", "0.859", "0.900"]
    assert table["difference"].tolist() == ["", "+0.117", "+0.083", "+0.059", "+0.041"]
    assert table["better in"].tolist()[1:] == ["4 of 4"] * 4
