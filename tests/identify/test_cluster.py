"""Vectors of one person become one group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.identify.cluster import persons


def around(centres, counts, spread=0.05):
    rng = np.random.default_rng(0)
    return np.concatenate(
        [
            centre + spread * rng.standard_normal((count, 128)) / np.sqrt(128)
            for centre, count in zip(centres, counts, strict=True)
        ]
    )


def test_faces_of_each_person_have_one_number_in_the_order_in_which_they_appear():
    centres = np.eye(128)[[2, 0, 2, 1]]
    vectors = around(centres, [3, 2, 1, 4])
    assert persons(vectors, 0.5).tolist() == [0] * 3 + [1] * 2 + [0] + [2] * 4


@given(st.permutations(range(10)))
def test_the_order_of_the_faces_does_not_matter(order):
    vectors = around(np.eye(128)[:3], [3, 3, 4])
    whole, shuffled = persons(vectors, 0.5), persons(vectors[order], 0.5)
    together = whole[order][:, None] == whole[order]
    np.testing.assert_array_equal(shuffled[:, None] == shuffled, together)


def test_a_face_between_two_persons_does_not_make_them_one():
    line = np.zeros((5, 128))
    line[:, 0] = [0.0, 0.05, 0.4, 0.75, 0.8]  # neighbours are nearer than 0.5
    found = persons(line, 0.5)
    assert found[0] == found[1]
    assert found[3] == found[4]
    assert found[0] != found[3]


@pytest.mark.parametrize(("count", "expected"), [(0, []), (1, [0])])
def test_there_may_be_one_face_or_none(count, expected):
    assert persons(np.ones((count, 128)), 0.5).tolist() == expected
