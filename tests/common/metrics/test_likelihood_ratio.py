import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression
from scipy.special import expit, logit

from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.likelihood_ratio import (
    cllr,
    log_likelihood_ratio,
    min_cllr,
    min_cllr_of_counts,
)
from stages.common.metrics.scores import Scores

SEEDS = st.integers(0, 10_000)


def of(reals, fakes):
    """Labels, and logarithms of the likelihood ratios of reals and of fakes."""
    with np.errstate(divide="ignore"):
        return np.repeat([False, True], [len(reals), len(fakes)]), np.log([*reals, *fakes])


@pytest.mark.parametrize(
    ("reals", "fakes", "expected"),
    [
        # From the tests of the Netherlands Forensic Institute's package lir
        ([1, 1], [1, 1], 1),
        ([3, 3], [1 / 3, 1 / 3], 2),
        ([1 / 3, 1 / 3], [3, 3], 0.4150374992788437),
        ([1 / 3, 1 / 3], [1], 0.7075187496394219),
        ([1 / 100] * 100 + [100], [1], 0.5400680236656377),
        ([8], [8] * 8, 1.6699250014423126),
        ([0, 0], [np.inf, np.inf], 0),
        ([1, 1], [0, 1], np.inf),
    ],
)
def test_the_cost_is_that_of_another_program(reals, fakes, expected):
    assert cllr(*of(reals, fakes)) == pytest.approx(expected)


def test_the_minimum_of_a_worked_example():
    # By hand: the best ratios are 0, 1, 1 and infinite, so one of two in each class costs a bit
    fake = np.array([False, True, False, True])
    assert min_cllr(fake, np.array([0.1, 0.4, 0.6, 0.9])) == pytest.approx(0.5)
    assert min_cllr(fake, np.array([0.1, 0.6, 0.4, 0.9])) == 0
    assert min_cllr(fake, np.full(4, 0.3)) == pytest.approx(1)


@given(SEEDS, st.integers(2, 80), st.floats(0.1, 5), st.floats(-3, 3))
def test_no_rising_transformation_costs_less_than_the_minimum(seed, size, slope, shift):
    rng = np.random.default_rng(seed)
    fake = rng.permutation(np.arange(size) % 3 == 0)
    if fake.all() or not fake.any():
        return
    log_lr = rng.normal(fake, 1).round(1)
    least = min_cllr(fake, log_lr)
    assert 0 <= least <= 1 + 1e-12
    assert least <= cllr(fake, slope * log_lr + shift) + 1e-9
    assert min_cllr(fake, expit(log_lr)) == pytest.approx(least)


@given(SEEDS, st.integers(2, 80), st.integers(0, 3))
def test_the_minimum_is_the_cost_of_scipy_s_isotonic_regression(seed, size, decimals):
    rng = np.random.default_rng(seed)
    fake = rng.permutation(np.arange(size) % 3 == 0)
    if fake.all() or not fake.any():
        return
    scores = rng.normal(fake, 1).round(decimals)
    _, place = np.unique(scores, return_inverse=True)
    total = np.bincount(place)
    share = isotonic_regression(np.bincount(place, fake) / total, weights=total).x[place]
    with np.errstate(divide="ignore"):
        log_lr = np.log(share) - np.log(1 - share) - logit(fake.mean())
    assert min_cllr(fake, scores) == pytest.approx(cllr(fake, log_lr), abs=1e-9)


@given(SEEDS, st.integers(1, 6), st.integers(1, 30), st.floats(0.1, 5))
def test_the_minima_of_several_sets_are_those_of_each_alone(seed, sets, places, mean):
    """Places may be empty, and a set may lack a class; its minimum is then given as 0."""
    fakes, reals = np.random.default_rng(seed).poisson(mean, (2, sets, places))
    with np.errstate(invalid="ignore"):
        found = min_cllr_of_counts(fakes, reals)
    for of_set, some, others in zip(found, fakes, reals, strict=True):
        place = np.concatenate([np.repeat(np.arange(places), count) for count in (some, others)])
        fake = np.repeat([True, False], [some.sum(), others.sum()])
        one_class = fake.all() or not fake.any()
        expected = 0 if one_class else min_cllr(fake, place)
        assert of_set == pytest.approx(expected, abs=1e-12)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), SEEDS)
def test_the_cost_does_not_depend_on_the_prior(old, new, seed):
    rng = np.random.default_rng(seed)
    fake, log_lr = np.arange(40) % 2 == 0, rng.normal(0, 1, 40)
    costs = [
        DEFINITIONS["cllr"].of(Scores(fake, expit(log_lr + logit(prior)), prior=prior))
        for prior in (old, new)
    ]
    assert costs[0] == pytest.approx(costs[1], abs=1e-4)
    back = log_likelihood_ratio(expit(log_lr + logit(old)), old)
    np.testing.assert_allclose(back, log_lr, atol=1e-3)


def test_without_a_prior_there_is_no_cost():
    found = DEFINITIONS["cllr"].of(Scores(np.array([True, False]), np.array([0.9, 0.1])))
    assert found == "no prior: val needs both classes"
