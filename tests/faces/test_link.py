"""Faces to tracks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stages.faces.link import link
from stages.faces.params import Tracks

TRACKS = Tracks(max_shift=1.0, max_gap=1, min_share=0.0, min_size=0.0)

box = st.tuples(*[st.integers(0, 300)] * 2, *[st.integers(20, 60)] * 2)
observations = st.lists(st.tuples(st.integers(0, 5), box), max_size=14, unique=True).map(sorted)


def linked(observations: list, tracks: Tracks = TRACKS, frames: int = 6) -> list[int]:
    positions = np.array([position for position, _ in observations], int)
    boxes = np.array([box for _, box in observations], float).reshape(-1, 4)
    return link(positions, boxes, frames, tracks).tolist()


@given(observations)
def test_a_track_has_one_face_a_frame(observations: list) -> None:
    labels = linked(observations)
    seen = [(position, label) for (position, _), label in zip(observations, labels, strict=True)]
    assert len(set(seen)) == len(seen)
    assert sorted(set(labels)) == list(range(len(set(labels))))


@given(observations, st.randoms())
def test_tracks_do_not_depend_on_the_order_of_the_faces(observations: list, random: object) -> None:
    shuffled = observations.copy()
    random.shuffle(shuffled)
    by_sight = dict(zip(shuffled, linked(shuffled), strict=True))
    assert [by_sight[observation] for observation in observations] == linked(observations)


@given(observations, st.floats(0, 1))
def test_short_tracks_go_and_the_longest_come_first(observations: list, share: float) -> None:
    labels = linked(observations, TRACKS.model_copy(update={"min_share": share}))
    lengths = [labels.count(label) for label in range(max(labels, default=-1) + 1)]
    assert lengths == sorted(lengths, reverse=True)
    assert all(length >= share * 6 for length in lengths)


def test_two_people_stay_apart_while_they_move() -> None:
    observations = [(i, (x + 10 * i, 50, 40, 40)) for i in range(6) for x in (0, 150)]
    assert linked(observations) == [0, 1] * 6


def test_a_gap_is_bridged_up_to_its_bound() -> None:
    here = (10, 10, 40, 40)
    assert linked([(0, here), (2, here)]) == [0, 0]
    assert linked([(0, here), (3, here)]) == [0, 1]


def test_a_move_is_measured_in_sizes_of_the_face() -> None:
    assert linked([(0, (0, 0, 40, 40)), (1, (39, 0, 40, 40))]) == [0, 0]
    assert linked([(0, (0, 0, 40, 40)), (1, (41, 0, 40, 40))]) == [0, 1]
    assert linked([(0, (0, 0, 80, 80)), (1, (41, 0, 80, 80))]) == [0, 0]


def test_a_picture_keeps_its_only_observation_of_each_face() -> None:
    tracks = TRACKS.model_copy(update={"min_share": 1.0})
    assert linked([(0, (0, 0, 40, 40)), (0, (200, 0, 40, 40))], tracks, frames=1) == [0, 1]


def test_a_false_box_seen_once_is_dropped() -> None:
    tracks = TRACKS.model_copy(update={"min_share": 0.3})
    observations = [(i, (50, 50, 40, 40)) for i in range(6)] + [(2, (250, 200, 40, 40))]
    assert linked(observations, tracks) == [0] * 6 + [-1]


def test_what_is_dropped_has_no_number() -> None:
    tracks = TRACKS.model_copy(update={"min_share": 0.5})
    assert linked([(0, (0, 0, 40, 40)), (1, (0, 0, 40, 40))], tracks) == [-1, -1]


def test_a_way_is_from_centre_to_centre() -> None:
    # The same centre, a box of another size and form: no way at all
    tracks = TRACKS.model_copy(update={"max_shift": 0.01})
    assert linked([(0, (100, 100, 60, 20)), (1, (110, 80, 40, 60))], tracks) == [0, 0]


def test_the_size_of_a_face_is_its_longer_side() -> None:
    for width, height in ((80, 20), (20, 80)):
        first, second = (0, 0, width, height), (60, 0, width, height)
        assert linked([(0, first), (1, second)]) == [0, 0]
        assert linked([(0, first), (1, (81, 0, width, height))]) == [0, 1]


def test_a_way_as_far_as_the_bound_is_allowed() -> None:
    assert linked([(0, (0, 0, 40, 40)), (1, (40, 0, 40, 40))]) == [0, 0]


def test_no_allowed_move_is_given_up_for_a_refused_one() -> None:
    """Three move by almost the bound, one is new far away: three tracks go on, one begins."""
    before = [(0, (200 * i, 0, 40, 40)) for i in range(4)]
    after = [(1, (200 * i + 39, 0, 40, 40)) for i in range(3)] + [(1, (5000, 0, 40, 40))]
    assert linked(before + after)[4:7] == linked(before + after)[0:3]
    # The nearest of all for both: one may have it, and the other goes on with what is left
    assert linked(
        [(0, (0, 0, 40, 40)), (0, (36, 0, 40, 40)), (1, (36, 0, 40, 40)), (1, (75, 0, 40, 40))]
    ) == [0, 1, 0, 1]


def sized(sizes: list[tuple[float, int]], **tracks: float) -> list[int]:
    """Tracks of persons side by side, of these sizes, in so many of eight frames each."""
    observations = [
        (frame, [400.0 * person, 0, size, size])
        for person, (size, frames) in enumerate(sizes)
        for frame in range(frames)
    ]
    positions, boxes = zip(*observations, strict=True)
    limits = TRACKS.model_copy(update=tracks)
    labels = link(np.array(positions), np.array(boxes), 8, limits)
    return sorted(set(labels.tolist()) - {-1})


def test_a_bystander_is_dropped_by_size() -> None:
    persons = [(200.0, 8), (180.0, 8), (64.0, 8)]
    assert sized(persons) == [0, 1, 2]
    assert sized(persons, min_size=0.4) == [0, 1]
    assert sized(persons, min_size=1.0) == [0]


def test_a_large_false_box_makes_nobody_a_bystander() -> None:
    assert sized([(100.0, 8), (390.0, 1)], min_share=0.25, min_size=0.4) == [0]


def test_equally_large_persons_all_stay() -> None:
    assert sized([(100.0, 8), (100.0, 8)], min_size=1.0) == [0, 1]
