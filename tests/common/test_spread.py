import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.common.spread import spread


@given(st.integers(1, 5000), st.integers(1, 200))
def test_spread_is_even_ascending_and_symmetric(count, wanted):
    chosen = spread(count, wanted)
    assert len(chosen) == min(count, wanted)
    assert chosen[0] >= 0
    assert chosen[-1] < count
    gaps = np.diff(chosen)
    assert (gaps >= 1).all()
    assert gaps.max(initial=0) - gaps.min(initial=count) <= 1
    assert abs(chosen[0] - (count - 1 - chosen[-1])) <= 1


def test_spread_of_nothing_is_nothing():
    assert spread(0, 8).tolist() == []
