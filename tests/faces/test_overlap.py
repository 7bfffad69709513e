"""Laws of matching."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stages.common.overlap import iou
from stages.faces.overlap import match

boxes = st.integers(0, 6).flatmap(
    lambda n: arrays(np.float64, (n, 4), elements=st.floats(0, 500).map(lambda v: round(v, 2)))
)
shares = st.floats(0.05, 1)


@given(boxes, boxes, shares)
def test_a_box_is_matched_at_most_once_and_well_enough(
    first: np.ndarray, second: np.ndarray, min_iou: float
) -> None:
    pairs = match(first, second, min_iou)
    assert (
        len({row for row, _, _ in pairs}) == len({column for _, column, _ in pairs}) == len(pairs)
    )
    overlaps = iou(first[:, None], second[None])
    assert all(value == overlaps[row, column] >= min_iou for row, column, value in pairs)


@given(boxes, boxes, shares)
def test_matching_does_not_depend_on_the_side(
    first: np.ndarray, second: np.ndarray, min_iou: float
) -> None:
    one, other = match(first, second, min_iou), match(second, first, min_iou)
    assert sum(value for _, _, value in one) == pytest.approx(sum(value for _, _, value in other))


def test_the_best_sum_wins_over_the_first_pair() -> None:
    first = np.array([[0.0, 0, 10, 10], [4, 0, 10, 10]])
    second = np.array([[3.0, 0, 10, 10], [8, 0, 10, 10]])
    assert [pair[:2] for pair in match(first, second, 0.1)] == [(0, 0), (1, 1)]
