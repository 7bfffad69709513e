import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from stages.common.metrics.aggregate import Aggregation, aggregate, person_scores


def rule(**changes):
    values = {"method": "mean", "top_k": 2, "by": "item", "consistency": 0.5, "min_faces": 3}
    return Aggregation(**values | changes)


def faces(item):
    """Rows from {items: {track: scores}}; the confidence falls from face to face."""
    return pd.DataFrame(
        [
            ("d", method, item_id, track, 1 / (1 + number), score)
            for (method, item_id), tracks in item.items()
            for track, scores in tracks.items()
            for number, score in enumerate(scores)
        ],
        columns=["dataset", "method", "item", "track", "confidence", "p_fake"],
    )


SCORES = [0.1, 0.2, 0.6, 0.9]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("mean", 0.45),
        ("median", 0.4),
        ("top_k", 0.75),
        ("mean_logit", expit(np.mean(logit(SCORES)))),
        ("confidence", np.average(SCORES, weights=[1, 1 / 2, 1 / 3, 1 / 4])),
    ],
)
def test_methods(method, expected):
    found = aggregate(faces({("m", "a"): {0: SCORES}}), rule(method=method))
    assert found["p_fake"].tolist() == pytest.approx([expected])
    assert found["faces"].tolist() == [4]


@given(
    scores=st.lists(st.floats(0, 1), min_size=1, max_size=12),
    method=st.sampled_from(["mean", "median", "top_k", "mean_logit", "confidence"]),
    by=st.sampled_from(["item", "person"]),
)
def test_a_score_lies_among_those_of_the_faces_whatever_their_order(scores, method, by):
    table = faces({("m", "a"): {0: scores[::2], 1: scores[1::2]}})
    found = aggregate(table, rule(method=method, by=by))["p_fake"][0]
    assert min(scores) - 1e-5 <= found <= max(scores) + 1e-5
    turned = aggregate(table.sample(frac=1, random_state=0), rule(method=method, by=by))
    assert turned["p_fake"][0] == pytest.approx(found, abs=1e-9)


def test_items_of_one_name_and_several_methods_stay_apart():
    table = faces({("swap", "000_003"): {0: [0.9]}, ("blend", "000_003"): {0: [0.1]}})
    assert aggregate(table, rule())["p_fake"].tolist() == [0.1, 0.9]


def test_the_most_suspicious_person_counts():
    table = faces({("m", "a"): {0: [0.1, 0.1, 0.1, 0.1], 1: [0.8, 0.9, 0.8]}})
    assert aggregate(table, rule(by="person"))["p_fake"][0] == pytest.approx(0.8)
    assert aggregate(table, rule(by="item"))["p_fake"][0] < 0.5


def test_a_person_must_be_suspicious_consistently():
    table = faces({("m", "a"): {0: [0.05, 0.05, 0.05, 0.05, 1.0, 1.0]}})
    mean = aggregate(table, rule(by="item"))["p_fake"][0]
    assert mean > 0.35
    assert aggregate(table, rule(by="person"))["p_fake"][0] == pytest.approx(0.05)


def test_a_person_seen_for_a_moment_counts_only_alone():
    table = faces(
        {
            ("m", "a"): {0: [0.2, 0.2, 0.2], 1: [0.9]},
            ("m", "b"): {0: [0.9]},
        }
    )
    assert aggregate(table, rule(by="person"))["p_fake"].tolist() == pytest.approx([0.2, 0.9])


def test_scores_of_persons():
    found = person_scores(faces({("m", "a"): {0: [0.2, 0.4], 3: [0.5]}}), rule(consistency=1.0))
    assert found["p_fake"].tolist() == pytest.approx([0.2, 0.5])
    assert found["faces"].tolist() == [2, 1]


def test_a_confidence_counts_from_a_hundredth_up_to_1():
    """dlib's is a margin: it may be far over 1, 0 or below."""
    table = faces({("m", "a"): {0: [0.2, 0.8, 0.5]}}).assign(confidence=[7.0, 0.5, -3.0])
    found = aggregate(table, rule(method="confidence"))["p_fake"][0]
    assert found == pytest.approx(np.average([0.2, 0.8, 0.5], weights=[1, 0.5, 0.01]))


def test_a_persons_score_is_at_most_one_that_the_asked_share_of_faces_reaches():
    table = faces({("m", "a"): {0: [0.0, 0.1, 0.2, 0.3, 0.9, 0.9, 0.9, 0.9]}})
    for consistency, reached in ((0.1, 0.9), (0.5, 0.3), (0.7, 0.2), (1.0, 0.0)):
        found = person_scores(table, rule(method="top_k", consistency=consistency))
        assert found["p_fake"].tolist() == pytest.approx([reached])
