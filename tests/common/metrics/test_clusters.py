import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.metrics.clusters import Clusters


def clusters(*pairs):
    return Clusters.of(pd.DataFrame(pairs, columns=["target", "donor"]))


def test_without_donors_clusters_are_the_targets():
    found = clusters(("b", ""), ("a", ""), ("b", ""))
    assert found.unit.tolist() == [1, 0, 1]
    assert found.first.tolist() == found.second.tolist() == [0, 1]
    assert (found.count, found.size, found.inflation) == (2, 2, 1.0)
    assert not found.paired.any()


def test_a_fake_is_in_the_clusters_of_its_target_and_of_its_donor():
    found = clusters(("a", ""), ("b", "a"), ("a", "b"), ("c", "b"))
    # Of a alone, of a and b in either role, of b and c
    assert found.unit.tolist() == [0, 1, 1, 2]
    assert found.first.tolist() == [0, 0, 1]
    assert found.second.tolist() == [0, 1, 2]
    assert found.sums(np.array([1.0, 10, 100, 1000])).tolist() == [111, 1110, 1000]
    assert found.pair_sums(np.array([1.0, 10, 100, 1000])).tolist() == [110, 1000]


def test_who_is_the_own_donor_is_one_cluster():
    assert not clusters(("a", "a"), ("b", "")).paired.any()


def test_an_interval_rests_on_the_fewer_of_targets_and_donors():
    """Thousand clips into which three faces were put say little of a fourth face."""
    assert clusters(*((f"t{n}", f"d{n % 3}") for n in range(1000))).count == 3


def test_pairs_of_equal_persons_lose_as_much_as_two_of_their_number():
    persons = 10
    pairs = [(f"{a}", f"{b}") for a in range(persons) for b in range(persons) if a != b]
    # Each is in a share of 2 / P, and loses twice that
    assert clusters(*pairs).inflation == pytest.approx(1 / (1 - 4 / persons))


def test_no_scores_are_no_clusters():
    found = clusters()
    assert (found.size, found.first.size) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", *"abcd"])), min_size=1))
def test_sums_count_each_score_once_in_each_of_its_clusters(pairs):
    found = clusters(*pairs)
    memberships = sum(len({target, donor} - {""}) for target, donor in pairs)
    assert found.sums(np.ones(len(pairs))).sum() == memberships
    assert found.pair_sums(np.ones(len(pairs))).sum() == memberships - len(pairs)
    assert found.inflation >= 1


def test_a_few_named_donors_do_not_limit_what_an_interval_rests_on():
    targets = [f"t{number}" for number in range(20) for _ in range(4)]
    donors = ["d0", "d1", "d1"] + [""] * (len(targets) - 3)
    clusters = Clusters.of(pd.DataFrame({"target": targets, "donor": donors}))
    assert clusters.count == 20
    everyone = Clusters.of(pd.DataFrame({"target": targets, "donor": ["d0", "d1"] * 40}))
    assert everyone.count == 2
