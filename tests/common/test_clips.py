"""Clips as pictures: the frames of a person side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.clips import ClipParams, tile, untile


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
def test_a_clip_comes_apart_into_its_frames(side, height, width):
    frames = np.arange(side**2 * height * width * 3).reshape(-1, height, width, 3)
    np.testing.assert_array_equal(untile(tile(frames), side), frames)


def test_frames_stand_row_by_row():
    frames = np.arange(4)[:, None, None, None] * np.ones((4, 2, 3, 3))
    assert tile(frames)[..., 0].tolist() == [[0, 0, 0, 1, 1, 1]] * 2 + [[2, 2, 2, 3, 3, 3]] * 2


@pytest.mark.parametrize(("frames", "stride", "side", "span"), [(1, 3, 1, 1), (9, 2, 3, 17)])
def test_a_clip_has_a_side_and_a_span(frames, stride, side, span):
    clip = ClipParams(frames=frames, stride=stride)
    assert (clip.side, clip.span) == (side, span)
