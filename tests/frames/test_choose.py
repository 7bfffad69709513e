import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.clips import ClipParams
from stages.common.errors import ItemError
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


def test_a_clip_is_a_run_of_frames_wherever_a_frame_would_be():
    times = np.arange(100) / 25
    chosen = choose_frames(times, 3, None, ClipParams(frames=4, stride=2))
    first = choose_frames(times[:94], 3, None)
    assert chosen.tolist() == sorted(frame + step for frame in first for step in (0, 2, 4, 6))
    by_time = choose_frames(times, 9, 2.0, ClipParams(frames=4, stride=1))
    assert by_time.tolist() == [0, 1, 2, 3, 50, 51, 52, 53]


@given(st.integers(1, 120), st.integers(1, 40), st.sampled_from([1, 4, 9, 16]), st.integers(1, 6))
def test_a_video_has_a_clip_if_it_is_long_enough(count, maximum, frames, stride):
    times, clip = np.arange(count) / 25, ClipParams(frames=frames, stride=stride)
    if count <= (frames - 1) * stride:
        with pytest.raises(ItemError, match=f"has {count} frames: a clip"):
            choose_frames(times, maximum, None, clip)
        return
    chosen = choose_frames(times, maximum, None, clip).tolist()
    assert chosen == sorted(set(chosen))
    assert {chosen[0] + stride * step for step in range(frames)} <= set(chosen)
    assert chosen[-1] < count
    assert len(chosen) <= maximum * frames
