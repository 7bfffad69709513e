"""Sharpness-aware minimisation, on the backend of this process and in another one on JAX."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from stages.train.network import build_network
from stages.train.sam import sharpness_aware
from tests.support.paths import ROOT
from tests.support.training import SMALL, needs_jax

pytestmark = pytest.mark.end_to_end

RHO, RATE = 0.5, 0.3
RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(6, 3)).astype(np.float32)
LABELS = (RNG.random((6, 1)) < 0.5).astype(np.float32)
WEIGHTS = RNG.uniform(0.5, 2, (6, 1)).astype(np.float32)
CROPS = RNG.integers(0, 256, (6, 16, 16, 3)).astype(np.float32)


def compiled(network, rate=RATE):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"])
    return network


def linear(rho, values):
    inputs = keras.Input((3,))
    network = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    network.set_weights([values[:3, None], values[3:]])
    return compiled(sharpness_aware(network, rho))


def small(rho, rate=RATE):
    """A network with dropout and batch normalisation, the same each time."""
    keras.utils.set_random_seed(0)
    return compiled(sharpness_aware(build_network(SMALL, 16, "none", 0.5), rho), rate)


def values_of(network):
    return [keras.ops.convert_to_numpy(variable) for variable in network.variables]


def weights_of(network):
    return np.concatenate([value.ravel() for value in network.get_weights()])


def gradient(values):
    """Of the weighted logistic loss, with respect to three weights and a bias."""
    padded = np.column_stack([INPUTS, np.ones(len(INPUTS))])
    errors = 1 / (1 + np.exp(-padded @ values)) - LABELS[:, 0]
    return (padded * (errors * WEIGHTS[:, 0])[:, None]).mean(axis=0)


@pytest.mark.parametrize("rho", [0.0, RHO])
def test_a_step_is_that_of_the_formula(rho):
    values = np.array([0.3, -1.0, 0.5, 0.1], np.float32)
    network = linear(rho, values)
    network.train_on_batch(INPUTS, LABELS, WEIGHTS)
    slope = gradient(values)
    expected = values - RATE * gradient(values + rho * slope / np.linalg.norm(slope))
    np.testing.assert_allclose(weights_of(network), expected, rtol=1e-4, atol=1e-6)


def test_where_the_gradient_is_zero_nothing_moves():
    network = linear(RHO, np.zeros(4, np.float32))
    network.train_on_batch(INPUTS, np.full((6, 1), 0.5, np.float32))
    np.testing.assert_array_equal(weights_of(network), 0)


def test_all_but_the_gradient_is_as_without_it():
    """Batch statistics and the state of dropout move once; metrics are those at the weights."""
    after = []
    for rho in (0.0, RHO):
        network = small(rho, rate=0.0)
        metrics = network.train_on_batch(CROPS, LABELS)
        after.append((metrics, values_of(network)))
    assert after[0][0] == pytest.approx(after[1][0], rel=1e-5)
    for one, two in zip(after[0][1], after[1][1], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5)


def test_both_gradients_drop_the_same_features():
    """With next to nothing between the two places, a step is one without it."""
    after = []
    for rho in (0.0, 1e-9):
        network = small(rho)
        network.train_on_batch(CROPS, LABELS)
        after.append(values_of(network))
    for one, two in zip(*after, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_in_bfloat16_weights_stay_in_float32_and_frozen_ones_where_they_are():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = build_network(SMALL, 16, "none", 0.0)
        network.get_layer("logit").trainable = False
        network = compiled(sharpness_aware(network, RHO))
    finally:
        keras.config.set_dtype_policy("float32")
    before = values_of(network)
    network.train_on_batch(CROPS, LABELS)
    trainable = {id(variable) for variable in network.trainable_variables}
    for variable, old, new in zip(network.variables, before, values_of(network), strict=True):
        assert np.isfinite(new).all()
        if "kernel" in variable.path:
            assert variable.dtype == "float32"
            assert np.array_equal(old, new) == (id(variable) not in trainable)


@needs_jax
@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() == "jax", reason="runs on JAX already")
def test_all_this_holds_on_jax():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", Path(__file__)],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "6 passed, 1 deselected" in done.stdout
