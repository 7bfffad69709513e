"""Whole trainings of a very small network, which all share one process."""

import keras
import numpy as np
import pytest

from stages.common.errors import ParamsError
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints
from stages.train.faces import load_faces
from stages.train.fitting import Run, best_epoch, fit
from stages.train.model_file import save_model
from stages.train.network import batch_normalisations, build_network, features_of
from stages.train.params import RecipeParams
from stages.train.precise_bn import estimate_batch_statistics
from tests.support.training import RECIPE, SMALL, made_faces

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def make_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tables = {"train": made_faces("train", 6), "val": made_faces("val", 3)}

    def make(workers=1, **changes) -> Run:
        params = RecipeParams(**RECIPE | changes)
        keras.utils.clear_session()
        keras.utils.set_random_seed(params.seed)
        faces = {split: load_faces(table, 16) for split, table in tables.items()}
        return Run(
            build_network(SMALL, 16, params.weights, params.dropout),
            SMALL,
            params,
            TrainBatches(faces["train"], params, workers=workers),
            ValBatches(faces["val"], params, workers=workers),
            Checkpoints(tmp_path / "checkpoints", "same"),
        )

    return make


class Killed(Exception):
    """What an interruption raises."""


def weights_of(run):
    return [weight.numpy() for weight in run.network.weights]


def killed_after(epoch):
    def on_epoch(history):
        if history[-1]["epoch"] == epoch:
            raise Killed

    return on_epoch


def nothing(history):
    pass


@pytest.mark.parametrize(
    ("weights", "ema_momentum", "epoch"),
    [
        ("none", 0.0, 0),
        ("imagenet", 0.9, 0),
        pytest.param("none", 0.9, 1, marks=pytest.mark.slow),
        pytest.param("imagenet", 0.0, 1, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_training_ends_as_if_it_had_not_been(make_run, weights, ema_momentum, epoch):
    recipe = {
        "ema_momentum": ema_momentum,
        "weights": weights,
        "tune": {"epochs": 3, "learning_rate": 1e-2},
    }
    whole = make_run(**recipe)
    history = fit(whole, nothing)
    whole.checkpoints.remove()

    with pytest.raises(Killed):
        fit(make_run(**recipe), killed_after(epoch))
    resumed = make_run(**recipe)
    seen = []
    assert fit(resumed, lambda rows: seen.append(rows[-1]["epoch"])) == history
    assert seen[0] == epoch + 1
    for one, two in zip(weights_of(whole), weights_of(resumed), strict=True):
        np.testing.assert_array_equal(one, two)


def test_workers_change_no_byte(make_run):
    runs = [make_run(workers=workers) for workers in (1, 3)]
    for run in runs:
        fit(run, nothing)
        run.checkpoints.remove()
    for one, two in zip(*map(weights_of, runs), strict=True):
        np.testing.assert_array_equal(one, two)


def test_it_learns_and_stops_when_val_gets_no_better(make_run):
    run = make_run(patience=3, tune={"epochs": 40, "learning_rate": 3e-2})
    history = fit(run, nothing)
    best = best_epoch(history, "val_auc", 0.0)
    assert history[best]["val_auc"] > 0.9
    assert len(history) == min(best + 4, 40)
    logits = run.network.predict(run.val, verbose=0)[:, 0]
    labels = np.concatenate([run.val[index][1] for index in range(len(run.val))])[:, 0]
    assert logits[labels == 1].mean() > logits[labels == 0].mean()


def test_the_head_learns_on_a_frozen_backbone_first(make_run):
    run = make_run(weights="imagenet", head={"epochs": 1, "learning_rate": 1e-2})
    frozen = features_of(run.network)
    before = [weight.numpy() for weight in frozen.weights]

    with pytest.raises(Killed):
        fit(run, killed_after(0))
    for weight, old in zip(frozen.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)

    history = fit(run, nothing)
    assert [row["phase"] for row in history] == ["head", "tune", "tune"]
    first, *others = zip(frozen.weights, before, strict=True)
    np.testing.assert_array_equal(first[0].numpy(), first[1])
    assert not all(np.array_equal(weight.numpy(), old) for weight, old in others)


def test_statistics_are_those_of_the_batches(make_run):
    run = make_run()
    network = run.network
    fit(run, nothing)
    kernels = [weight.numpy() for weight in network.trainable_variables]
    estimate_batch_statistics(network, run.batches, 6, 10**6)
    for weight, old in zip(network.trainable_variables, kernels, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)
    features = features_of(network)
    first = next(layer for layer in batch_normalisations(network) if layer.gamma.shape == (4,))
    inputs = np.concatenate([run.batches[index][0] for index in range(6)]) / 255
    values = keras.ops.convert_to_numpy(features.get_layer("first")(inputs))
    np.testing.assert_allclose(first.moving_mean, values.mean((0, 1, 2)), rtol=0.05, atol=0.01)
    np.testing.assert_allclose(first.moving_variance, values.var((0, 1, 2)), rtol=0.1)


def test_a_loss_that_is_not_finite_ends_the_stage(make_run):
    recipe = {"optimizer": "sgd", "clip_norm": 0.0, "tune": {"epochs": 3, "learning_rate": 1e30}}
    with pytest.raises(ParamsError, match="lower the learning rate"):
        fit(make_run(**recipe), nothing)


def test_best_is_the_latest_of_equals_in_the_last_phase():
    rows = [
        {"epoch": 0, "phase": "head", "val_auc": 0.9, "val_loss": 0.1},
        {"epoch": 1, "phase": "tune", "val_auc": 0.7, "val_loss": 0.3},
        {"epoch": 2, "phase": "tune", "val_auc": 0.8, "val_loss": 0.4},
        {"epoch": 3, "phase": "tune", "val_auc": 0.78, "val_loss": 0.5},
    ]
    assert best_epoch(rows, "val_auc", 0.0) == 2
    assert best_epoch(rows, "val_auc", 0.03) == 3
    assert best_epoch(rows, "val_loss", 0.0) == 1
    assert best_epoch(rows, "val_loss", 0.15) == 2


def test_the_same_training_is_the_same_file(make_run, tmp_path):
    for name in ("a", "b"):
        run = make_run()
        fit(run, nothing)
        save_model(run.network, tmp_path / f"{name}.keras")
        run.checkpoints.remove()
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
