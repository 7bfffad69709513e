"""The head phase by the default recipe, on problems that a linear classifier solves."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from stages.common.params import merged
from stages.profiles import profile
from stages.train.backbones import BACKBONES, Backbone
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints
from stages.train.faces import load_faces
from stages.train.features import on_features, stored_features
from stages.train.fitting import Run, fit
from stages.train.network import batch_normalisations, build_network
from stages.train.params import RecipeParams
from tests.support.paths import ROOT
from tests.support.training import NOTHING, made_faces
from tests.train.test_backbones import slow_unless_fast

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.filterwarnings("ignore:Even though the .tf.config"),  # of the eager functions below
]

GROUPS = {"train": 40, "val": 20}
STEPS = 200  # an epoch of profiles/dfdc_faces_cpu.yaml
FEW_STEPS = 10


def default_recipe(name: str, steps: int) -> RecipeParams:
    """The default recipe for a backbone with weights, without `tune`, on unaltered crops."""
    params = profile(root=ROOT)
    head_alone = {
        "weights": "imagenet",
        "augment": NOTHING.model_dump(),
        "tune": {"epochs": 0},
        "steps_per_epoch": steps,
    }
    own = merged(params["recipe"], params["models"].get(name, {}))
    return RecipeParams(**merged(own, head_alone))


def as_published(backbone: Backbone, crops: np.ndarray) -> Backbone:
    """A backbone whose random weights stand for published ones.

    Its batch normalisation has the statistics of `crops`: without them, random features vanish or
    explode from layer to layer.
    """

    def application(weights: str, **arguments) -> keras.Model:
        network = backbone.application(weights=None, **arguments)
        layers = batch_normalisations(network)
        for layer in layers:
            layer.momentum = 0.0
        if layers:
            pixels = keras.Input(crops.shape[1:])
            keras.Model(pixels, network(backbone.preprocess(pixels)))(crops, training=True)
        return network

    return replace(backbone, application=application)


def trained_head(backbone: Backbone, name: str, size: int, steps: int = STEPS):
    """Train the head on made faces; return its history, and the AUC of a linear classifier."""
    params = default_recipe(name, steps)
    keras.utils.set_random_seed(params.seed)
    faces = {split: load_faces(made_faces(split, groups), size) for split, groups in GROUPS.items()}
    backbone = as_published(backbone, faces["train"].decoded[:64].astype(np.float32))
    network = build_network(backbone, size, params.weights, params.dropout)
    run = Run(
        network,
        backbone,
        params,
        TrainBatches(faces["train"], params),
        ValBatches(faces["val"], params),
        Checkpoints(Path("checkpoints"), "same"),
    )
    pooled = keras.Model(network.input, network.get_layer("dropout").input)
    features = {split: stored_features(pooled, of, "same") for split, of in faces.items()}
    linear = make_pipeline(StandardScaler(), LogisticRegression())
    linear.fit(features["train"], faces["train"].labels)
    auc = roc_auc_score(faces["val"].labels, linear.decision_function(features["val"]))
    return fit(on_features(run, faces, "same", workers=1), lambda history: None), auc


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.config.run_functions_eagerly(True)  # a graph of a backbone takes longer than its few steps
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("name", slow_unless_fast(BACKBONES))
def test_one_epoch_solves_a_linear_problem(name):
    # Of 32 px, a linear classifier does not solve efficientnet_b4's random features either
    size = 64 if name == "efficientnet_b4" else BACKBONES[name].min_size
    (row,), linear_auc = trained_head(BACKBONES[name], name, size)
    assert linear_auc > 0.99
    assert row["val_auc"] >= 0.95
    assert row["loss"] < np.log(2)


def features_like(typical: float, spread: float, width: int) -> Backbone:
    """A backbone of some published features' sizes, whose class lies in ordinary ones.

    Parameters
    ----------
    typical : float
        Median over the features of their means.
    spread : float
        Standard deviation of the logarithm of the means.
    width : int
        Number of features.
    """

    def application(include_top, weights, input_shape) -> keras.Model:
        rng = np.random.default_rng(0)
        scales = typical * np.exp(spread * rng.standard_normal(width))
        crops = keras.Input(input_shape)
        flat = keras.layers.Flatten()(crops)
        kernel = rng.standard_normal((flat.shape[1], width)) / np.sqrt(flat.shape[1])
        features = keras.layers.Dense(width, activation="relu")
        outputs = features(flat)
        features.set_weights([kernel * 3 * scales, scales])
        return keras.Model(crops, outputs, name="made")

    return Backbone(application, lambda crops: crops / 255 - 0.4, 32, 32, "made")


# Of real faces of DFDC, 96 px, by weights of ImageNet: medians and spread of the features' means
@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("vgg16", features_like(0.23, 1.6, 512)),
        ("mobilenet_v2", features_like(0.3, 1.3, 1280)),
    ],
)
def test_a_few_steps_on_features_as_large_as_published_do_better_than_none(name, features):
    (row,), linear_auc = trained_head(features, name, 32, FEW_STEPS)
    assert linear_auc > 0.99
    assert row["val_auc"] > 0.9
    assert row["loss"] < np.log(2)
