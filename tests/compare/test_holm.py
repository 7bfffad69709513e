import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.compare.holm import holm


def test_a_worked_example():
    # R: p.adjust(c(0.01, 0.04, 0.03, 0.005), method = "holm")
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_test_that_was_not_made_does_not_count():
    adjusted = holm(np.array([0.01, np.nan, 0.02]))
    assert adjusted[[0, 2]] == pytest.approx([0.02, 0.02])
    assert np.isnan(adjusted[1])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_values_are_larger_and_keep_the_order(values):
    p_values = np.array(values)
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(1, len(values) * p_values) + 1e-12).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
