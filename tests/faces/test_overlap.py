"""Laws of overlap and matching."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stages.faces.overlap import iou_matrix, match

boxes = st.integers(0, 6).flatmap(
    lambda n: arrays(np.float64, (n, 4), elements=st.floats(0, 500).map(lambda v: round(v, 2)))
)
shares = st.floats(0.05, 1)


@given(boxes, boxes)
def test_iou_is_symmetric_and_a_share(first: np.ndarray, second: np.ndarray) -> None:
    iou = iou_matrix(first, second)
    assert iou.shape == (len(first), len(second))
    assert ((iou >= 0) & (iou <= 1)).all()
    np.testing.assert_array_equal(iou, iou_matrix(second, first).T)


@given(boxes)
def test_iou_of_a_box_with_itself_is_one(some: np.ndarray) -> None:
    some[:, 2:] += 1
    np.testing.assert_allclose(np.diag(iou_matrix(some, some)), 1)


@pytest.mark.parametrize(
    ("other", "expected"),
    [([0, 0, 10, 10], 1), ([5, 0, 10, 10], 1 / 3), ([10, 0, 10, 10], 0), ([2, 2, 5, 5], 0.25)],
)
def test_iou_of_known_boxes(other: list[float], expected: float) -> None:
    assert iou_matrix(np.array([[0.0, 0, 10, 10]]), np.array([other], float)) == pytest.approx(
        expected
    )


@given(boxes, boxes, shares)
def test_a_box_is_matched_at_most_once_and_well_enough(
    first: np.ndarray, second: np.ndarray, min_iou: float
) -> None:
    pairs = match(first, second, min_iou)
    assert (
        len({row for row, _, _ in pairs}) == len({column for _, column, _ in pairs}) == len(pairs)
    )
    iou = iou_matrix(first, second)
    assert all(value == iou[row, column] >= min_iou for row, column, value in pairs)


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
