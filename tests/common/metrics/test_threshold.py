from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from stages.common.metrics.threshold import choose_threshold


@given(seed=st.integers(0, 10_000), size=st.integers(2, 40), decimals=st.integers(1, 6))
def test_no_other_threshold_decides_better(seed, size, decimals):
    rng = np.random.default_rng(seed)
    fake = rng.random(size) < 0.5
    fake[:2] = [True, False]
    p_fake = 0.99 * rng.random(size).round(decimals)
    chosen = choose_threshold(fake, p_fake, 1.0)
    scores = [
        balanced_accuracy_score(fake, p_fake >= threshold)
        for threshold in [*np.unique(p_fake), 2.0]
    ]
    assert balanced_accuracy_score(fake, p_fake >= chosen) == pytest.approx(max(scores))


@given(seed=st.integers(0, 1000), bound=st.sampled_from([0.01, 0.05, 0.25]))
def test_the_bound_on_false_alarms_holds(seed, bound):
    rng = np.random.default_rng(seed)
    fake = np.arange(60) % 2 == 0
    p_fake = 0.99 * rng.random(60).round(2)
    chosen = choose_threshold(fake, p_fake, bound)
    assert (p_fake[~fake] >= chosen).mean() <= bound


def test_it_lies_halfway_and_near_a_half():
    fake = np.array([0, 0, 1, 1], bool)
    assert choose_threshold(fake, np.array([0.1, 0.2, 0.6, 0.9]), 1.0) == pytest.approx(0.4)
    # 0.15, 0.55 and 0.85 part equally well
    fake = np.array([0, 1, 0, 1, 0, 1], bool)
    scores = np.array([0.1, 0.2, 0.5, 0.6, 0.8, 0.9])
    assert choose_threshold(fake, scores, 1.0) == pytest.approx(0.55)


def test_a_share_of_false_alarms_as_large_as_the_bound_is_within_it():
    fake = np.array([0, 0, 0, 0, 1, 1, 1, 1], bool)
    p_fake = np.array([0.1, 0.2, 0.3, 0.7, 0.4, 0.6, 0.65, 0.9])
    assert choose_threshold(fake, p_fake, 0.25) == pytest.approx(0.35)
    assert choose_threshold(fake, p_fake, 0.24) == pytest.approx(0.8)


def test_above_every_score_and_below_them_it_lies_between_them_and_the_end():
    fake = np.array([1, 0], bool)  # ranked the wrong way: nothing or everything is called fake
    assert choose_threshold(fake, np.array([0.2, 0.9]), 0.5) == pytest.approx(0.95)
    assert choose_threshold(fake, np.array([0.1, 0.3]), 1.0) == pytest.approx(0.65)
    assert choose_threshold(fake, np.array([0.8, 0.9]), 1.0) == pytest.approx(0.4)


def test_of_equally_good_ones_rounding_decides_nothing():
    """Gains that differ in the last bits only are equal: the one nearest to 0.5 is taken."""
    fake = np.tile([False, True], 30)
    p_fake = np.linspace(0.05, 0.95, 60)
    chosen = choose_threshold(fake, p_fake, 1.0)
    gains = {
        (upper + lower) / 2: (p_fake[fake] >= upper).mean() - (p_fake[~fake] >= upper).mean()
        for lower, upper in pairwise(p_fake)
    }
    best = [cut for cut, gain in gains.items() if gain > max(gains.values()) - 1e-9]
    assert chosen == pytest.approx(min(best, key=lambda cut: abs(cut - 0.5)))
