import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tracks import Track, reach_of


def track(times, boxes, p_fake):
    return Track(0, *(np.asarray(values, float) for values in (times, boxes, p_fake)))


MOVING = track([1, 3], [[0, 0, 10, 10], [20, 40, 30, 10]], [0.2, 0.6])


def test_box_and_score_are_linear_between_two_observations():
    box, p_fake = MOVING.at(2, reach=0.5)
    assert box.tolist() == [10, 20, 20, 10]
    assert p_fake == pytest.approx(0.4)


def test_a_mark_stays_for_its_reach_and_no_longer():
    assert MOVING.at(0.6, reach=0.5)[0].tolist() == [0, 0, 10, 10]
    assert MOVING.at(3.4, reach=0.5)[1] == 0.6
    assert MOVING.at(0.4, reach=0.5) is None
    assert MOVING.at(3.6, reach=0.5) is None


def test_marks_of_evenly_chosen_frames_fill_the_clip():
    times = np.array([1.0, 3.0, 5.0, 7.0])  # the middles of four parts of 8 s
    assert times[0] - reach_of(times) <= 0 <= 8 <= times[-1] + reach_of(times)


def test_the_one_frame_of_a_picture_is_always_marked():
    picture = track([0], [[1, 2, 3, 4]], [0.9])
    assert picture.at(0, reach_of(np.zeros(1)))[1] == 0.9


@given(st.floats(0, 4))
def test_no_score_leaves_the_range_of_the_observations(time):
    seen = MOVING.at(time, reach=2)
    assert 0.2 <= seen[1] <= 0.6
