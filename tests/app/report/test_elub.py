"""The bounds of `app.report.elub`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.report.elub import elub

SEEDS = st.integers(0, 10_000)


def bounds(fakes, reals):
    """Bounds, in powers of ten, of likelihood ratios."""
    fake = np.repeat([True, False], [len(fakes), len(reals)])
    low, high = elub(fake, np.log([*fakes, *reals]))
    return low / np.log(10), high / np.log(10)


def drawn(seed, size):
    rng = np.random.default_rng(seed)
    fake = np.arange(size) % 3 == 0
    return fake, rng.normal(np.where(fake, 1.5, -1.5), 2).round(2)


@pytest.mark.parametrize(
    ("fakes", "reals", "expected"),
    [
        # As `lir.algorithms.bayeserror.elub` of lir 1.3.1 (Netherlands Forensic Institute) has it,
        # on a grid of steps of 0.01
        ([2] * 3, [0.5] * 3, (-0.30, 0.30)),
        ([10] * 99, [0.1] * 99, (-1.00, 0.99)),
        ([1000] * 9, [0.001] * 9, (-0.95, 0.95)),
        ([8] * 8, [8], (0, 0)),
        ([0.5], [2], (0, 0)),
    ],
)
def test_bounds_are_those_of_another_program(fakes, reals, expected):
    assert bounds(fakes, reals) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("seed", "expected"), [(0, (-0.77, 0.29)), (1, (-0.83, 0.69))])
def test_bounds_of_drawn_ratios_are_those_of_another_program(seed, expected):
    rng = np.random.default_rng(seed)
    fakes, reals = np.split(
        np.round(np.concatenate([rng.normal(1, 1, 30), rng.normal(-1, 1, 20)]), 3), [30]
    )
    assert bounds(10**fakes, 10**reals) == pytest.approx(expected, abs=0.02)


@given(SEEDS, st.integers(2, 60), st.integers(2, 9))
def test_fewer_scores_narrow_the_bounds(seed, size, times):
    fake, log_lr = drawn(seed, size)
    low, high = elub(fake, log_lr)
    wider_low, wider_high = elub(np.tile(fake, times), np.tile(log_lr, times))
    assert wider_low <= low <= 0 <= high <= wider_high


@given(SEEDS, st.integers(2, 60), st.floats(0.5, 4))
def test_bounds_are_no_wider_than_the_data(seed, size, scale):
    fake, log_lr = drawn(seed, size)
    low, high = elub(fake, scale * log_lr)
    assert high <= min(max(0, scale * log_lr.max()), np.log((~fake).sum() + 1))
    assert low >= max(min(0, scale * log_lr.min()), -np.log(fake.sum() + 1))


@given(SEEDS, st.integers(2, 60))
def test_both_sides_are_treated_alike(seed, size):
    fake, log_lr = drawn(seed, size)
    low, high = elub(fake, log_lr)
    assert elub(~fake, -log_lr) == pytest.approx((-high, -low))
