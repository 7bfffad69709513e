"""Laws of overlap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stages.common.overlap import iou

boxes = st.integers(0, 6).flatmap(
    lambda n: arrays(np.float64, (n, 4), elements=st.floats(0, 500).map(lambda v: round(v, 2)))
)


@given(boxes, boxes)
def test_iou_is_symmetric_and_a_share(first: np.ndarray, second: np.ndarray) -> None:
    overlaps = iou(first[:, None], second[None])
    assert overlaps.shape == (len(first), len(second))
    assert ((overlaps >= 0) & (overlaps <= 1)).all()
    np.testing.assert_array_equal(overlaps, iou(second[:, None], first[None]).T)


@given(boxes)
def test_iou_of_a_box_with_itself_is_one(some: np.ndarray) -> None:
    some[:, 2:] += 1
    np.testing.assert_allclose(iou(some, some), 1)


@pytest.mark.parametrize(
    ("other", "expected"),
    [([0, 0, 10, 10], 1), ([5, 0, 10, 10], 1 / 3), ([10, 0, 10, 10], 0), ([2, 2, 5, 5], 0.25)],
)
def test_iou_of_known_boxes(other: list[float], expected: float) -> None:
    assert iou(np.array([0.0, 0, 10, 10]), np.array(other, float)) == pytest.approx(expected)
