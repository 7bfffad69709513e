import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.frames.choose import choose_frames


def test_an_interval_takes_the_first_frame_at_or_after_each_multiple():
    times = np.arange(100) / 30  # 1.0 is frame 30, 2.0 frame 60, and 3.0 frame 90
    assert choose_frames(times, 100, 1.0).tolist() == [0, 30, 60, 90]


def test_an_interval_goes_by_time_where_the_frame_rate_varies():
    times = np.array([0, 0.1, 0.2, 1.9, 2.0, 5.5, 5.6])
    assert choose_frames(times, 100, 1.0).tolist() == [0, 3, 4, 5]


def test_more_frames_than_the_maximum_are_thinned_evenly():
    times = np.arange(1000) / 10
    chosen = choose_frames(times, 5, 1.0)
    assert chosen.tolist() == [100, 300, 500, 700, 900]


@given(st.integers(1, 300), st.floats(0.01, 50), st.integers(1, 60))
def test_chosen_frames_are_frames(count, interval, maximum):
    times = np.cumsum(np.full(count, 1 / 24)) - 1 / 24
    chosen = choose_frames(times, maximum, interval)
    assert 1 <= len(chosen) <= maximum
    assert len(set(chosen.tolist())) == len(chosen)
    assert chosen.max() < count
