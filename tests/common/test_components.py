"""Items are in one group if and only if a chain of shared names leads from one to the other."""

from hypothesis import given
from hypothesis import strategies as st

from stages.common.components import components

ITEMS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=12)


@given(ITEMS)
def test_connected_items_and_no_others_share_a_component(items):
    found = components(items)
    reached = [set(item) for item in items]
    for _ in items:  # grow each item's set of names until nothing changes
        for names in reached:
            for other in reached:
                if names & other:
                    names |= other
    for first, name in zip(reached, found, strict=True):
        assert name == min(first)


@given(ITEMS, st.randoms())
def test_order_does_not_matter(items, random):
    order = list(range(len(items)))
    random.shuffle(order)
    shuffled = components([items[place] for place in order])
    assert shuffled == [components(items)[place] for place in order]
