"""One training on one device, on two, and by two processes: devices are fixed when one starts."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.support.paths import ROOT
from tests.support.training import needs_jax, two_processes

pytestmark = pytest.mark.end_to_end

TRAINING = """
import json, os, sys
if os.environ.get("KERAS_BACKEND") == "jax":
    sys.modules["tensorflow"] = None  # as where it is not installed
from contextlib import nullcontext
from pathlib import Path

import keras
import numpy as np

from stages.train.backend import join_processes, prepare
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints
from stages.train.faces import load_faces
from stages.train.fitting import Run, fit
from stages.train.network import batch_normalisations, build_network
from stages.train.params import RecipeParams
from tests.support.training import RECIPE, NOTHING, SMALL, made_faces

epochs = int(sys.argv[1])
params = RecipeParams(**RECIPE | {
    "augment": NOTHING.model_dump(), "warmup": 0.0, "precise_bn_batches": 0, "dropout": 0.0,
    "tune": RECIPE["tune"] | {"epochs": epochs, "learning_rate": 1e-2},
    "optimizer": "sgd", "clip_norm": 0.0,
    "bn_momentum": 0.5})
faces = {split: load_faces(made_faces(split, 1), 16) for split in ("train", "val")}
if sys.argv[2:] == ["mirrored"]:
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


def training(scope, work):
    keras.utils.set_random_seed(0)
    group = join_processes(params.batch_size)
    with scope:
        network = build_network(SMALL, 16, "none", 0.0)
        checkpoints = Checkpoints(Path("checkpoints"), work, writes=group.rank == 0)
        run = Run(network, SMALL, params, TrainBatches(faces["train"], params, group),
                  ValBatches(faces["val"], params, group), checkpoints, group)
        history = fit(run, lambda history: None)
    synchronized = [layer.synchronized for layer in batch_normalisations(network)]
    weights = [keras.ops.convert_to_numpy(weight).tolist() for weight in network.weights]
    print(json.dumps({"history": history, "weights": weights, "synchronized": synchronized,
                      "process_group": [group.rank, group.world_size, group.devices]}))


scope = prepare(params, "cpu")
together = join_processes(params.batch_size)
training(scope, "first")
if sys.argv[2:] == ["mirrored"]:
    training(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope(), "second")
elif together.rank == 0:
    keras.distribution.set_distribution(None)
    training(nullcontext(), "second")
"""


def start(folder, *args, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", TRAINING, *map(str, args)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results(process):
    out, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def agree(one, two, rtol, atol):
    assert two["history"][-1]["loss"] == pytest.approx(one["history"][-1]["loss"], rel=rtol)
    for first, second in zip(one["weights"], two["weights"], strict=True):
        np.testing.assert_allclose(first, second, rtol=rtol, atol=atol)


def test_a_step_on_two_devices_is_that_on_one(tmp_path):
    one, two = results(start(tmp_path, 1, "mirrored"))
    assert (one["synchronized"], two["synchronized"]) == ([False, False], [True, True])
    agree(one, two, rtol=1e-4, atol=1e-5)


@needs_jax
def test_a_step_by_two_processes_is_that_by_one(tmp_path):
    both = [start(tmp_path, 1, **environment) for environment in two_processes()]
    (first, one), (second,) = map(results, both)
    assert [first["process_group"], second["process_group"], one["process_group"]] == [
        [0, 2, 2],
        [1, 2, 2],
        [0, 1, 1],
    ]
    assert first["history"] == second["history"]
    agree(first, second, rtol=0, atol=0)
    agree(one, first, rtol=1e-4, atol=1e-5)
