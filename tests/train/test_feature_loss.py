"""Uniformity and alignment: the published formulas, and their gradient."""

import itertools

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.train.feature_loss import FeatureLoss

pytestmark = pytest.mark.end_to_end


def on_the_sphere(rng, count, size=5):
    points = rng.standard_normal((count, size))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def expected(labels, features, uniformity, alignment):
    """Equations of GenD, pair by pair."""
    pairs = list(itertools.combinations(range(len(labels)), 2))
    distance = {(i, j): np.sum((features[i] - features[j]) ** 2) for i, j in pairs}
    similar = np.mean([np.exp(-2 * distance[pair]) for pair in pairs])
    same = [distance[i, j] for i, j in pairs if labels[i] == labels[j]]
    aligned = np.mean(same) if same else 0
    return uniformity * np.log(max(1e-6, similar)) + alignment * aligned


@given(seed=st.integers(0, 10**6), count=st.integers(2, 9))
def test_it_is_the_published_formula(seed, count):
    rng = np.random.default_rng(seed)
    features = on_the_sphere(rng, count)
    labels = rng.integers(0, 2, count)
    loss = FeatureLoss(0.5, 0.1)(labels[:, None].astype(np.float32), features.astype(np.float32))
    assert float(loss) == pytest.approx(expected(labels, features, 0.5, 0.1), abs=1e-5)


@pytest.mark.parametrize("weights", [(0.5, 0.1), (1.0, 0.0), (0.0, 1.0)])
def test_its_gradient_is_that_of_finite_differences(weights):
    import tensorflow as tf

    rng = np.random.default_rng(1)
    features = on_the_sphere(rng, 6)
    labels = np.array([0, 1, 1, 0, 0, 1])
    variable = tf.Variable(features.astype(np.float32))
    with tf.GradientTape() as tape:
        loss = FeatureLoss(*weights)(labels[:, None].astype(np.float32), variable)
    found = tape.gradient(loss, variable).numpy()
    # Along the sphere, where features are: off it, a product no longer gives their distance
    step = 1e-5
    for row in range(len(features)):
        direction = rng.standard_normal(5)
        direction -= features[row] * (features[row] @ direction)
        ends = []
        for sign in (-1, 1):
            moved = features.copy()
            moved[row] += sign * step * direction
            moved[row] /= np.linalg.norm(moved[row])
            ends.append(expected(labels, moved, *weights))
        assert found[row] @ direction == pytest.approx((ends[1] - ends[0]) / (2 * step), abs=1e-4)


def test_spread_classes_cost_less_than_one_heap():
    one = np.ones((6, 1), np.float32)
    heap = np.tile([[1.0, 0, 0]], (6, 1)).astype(np.float32)
    spread = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    uniform = FeatureLoss(1.0, 0.0)
    assert float(uniform(one, heap)) == pytest.approx(0, abs=1e-6)
    assert float(uniform(one, spread)) < -1
    aligned = FeatureLoss(0.0, 1.0)
    assert float(aligned(one, heap)) == pytest.approx(0, abs=1e-6)
    assert float(aligned(one, spread)) > 1


def test_a_batch_without_a_pair_of_one_class_has_no_alignment():
    features = np.eye(2, dtype=np.float32)
    assert float(FeatureLoss(0.0, 1.0)(np.array([[0.0], [1.0]]), features)) == 0
    assert keras.ops.shape(FeatureLoss(0.0, 1.0)(np.array([[0.0], [1.0]]), features)) == ()
