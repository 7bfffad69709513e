"""One step on one and on two devices, in processes of their own: devices are fixed at start."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.train.conftest import REPO

pytestmark = pytest.mark.slow

STEP = """
import json, sys
from contextlib import nullcontext
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from stages.train.fitting import Run, fit
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints
from stages.train.faces import load_faces
from stages.train.network import build_network
from stages.train.params import Model, Train
from tests.train.conftest import MODEL, TRAIN, made_faces
from tests.train.test_augment import NOTHING
from tests.train.test_fitting import SMALL

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
keras.utils.set_random_seed(0)
several = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with several.scope() if sys.argv[1] == "2" else nullcontext():
    train = Train(**TRAIN | {"augment": NOTHING.model_dump(), "warmup": 0.0})
    model = Model(**MODEL | {"dropout": 0.0, "tune": {"epochs": 1, "learning_rate": 1e-2},
                             "optimizer": "sgd", "clip_norm": 0.0})
    faces = {split: load_faces(made_faces(split, groups), 16)
             for split, groups in (("train", 2), ("val", 2))}
    run = Run(build_network(SMALL, 16, "none", 0.0), SMALL, model, train,
              TrainBatches(faces["train"], 4, train), ValBatches(faces["val"], 4, True),
              Checkpoints(Path("checkpoints"), "one"))
    history = fit(run, lambda history: None)
weights = [np.asarray(weight).tolist() for weight in run.network.get_weights()]
print(json.dumps({"history": history, "weights": weights}))
"""


def step(devices, folder):
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", STEP, str(devices)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_step_on_two_devices_is_that_on_one(tmp_path):
    one, two = (step(devices, tmp_path / str(devices)) for devices in (1, 2))
    assert two["history"][0]["loss"] == pytest.approx(one["history"][0]["loss"], rel=1e-4)
    for first, second in zip(one["weights"], two["weights"], strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-4)
