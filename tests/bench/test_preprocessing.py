"""What the bench counts, and what it counts as found."""

import numpy as np
import pytest

from bench import timed
from bench.detect import Seconds, at_least, recall
from bench.timed import Clock


def test_a_part_within_a_part_counts_for_itself_alone(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(timed.time, "process_time", lambda: now[0])

    def takes(seconds, *then):
        now[0] += seconds
        for other in then:
            other()

    clock = Clock()
    inner = clock.counted("inner", takes)
    outer = clock.counted("outer", takes)
    outer(1, lambda: inner(2), lambda: inner(3))
    inner(4)
    assert dict(clock.parts) == {"outer": 1, "inner": 9}


def test_small_and_doubtful_faces_need_not_be_found(tmp_path):
    clip = tmp_path / "0.npy"
    np.save(clip, np.zeros((2, 720, 1280, 3), np.uint8))  # 40 px of the scaled frame are 80 here
    boxes = np.array([[0, 0, 90, 100.0], [300, 0, 79, 100], [600, 0, 200, 200]])
    none = np.empty((0, 4)), np.empty(0)
    wanted = at_least([(boxes, np.array([0.99, 0.99, 0.9])), none], [clip])
    assert [(number, box.tolist()) for number, box in wanted] == [(0, boxes[0].tolist())]


def test_recall_is_of_the_wanted_faces_alone():
    first, second = np.array([0, 0, 90, 100.0]), np.array([500, 0, 90, 100.0])
    wanted = [(0, first), (0, second), (1, first)]
    ones = np.ones(1)
    assert recall([(first[None] + 5, ones), (second[None], ones)], wanted) == pytest.approx(1 / 3)


def test_rates_are_given_by_wall_and_by_cpu_time():
    fast, slow = Seconds(2, 3), Seconds(20, 36)
    assert fast.summary(10) == "2.00 s wall, 3.00 s CPU, 5.0 frames/s"
    assert fast.speed_up_over(slow) == "10.0 x (CPU 12.0 x)"
