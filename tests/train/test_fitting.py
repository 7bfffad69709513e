"""Whole trainings of a very small network, which all share one process."""

import keras
import numpy as np
import pytest

from stages.common.errors import ParamsError
from stages.common.params import merged
from stages.profiles import profile
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints
from stages.train.faces import load_faces
from stages.train.fitting import Run, compile_phase, fit
from stages.train.model_file import save_model
from stages.train.network import batch_normalisations, build_network, features_of
from stages.train.params import Phase, RecipeParams
from stages.train.precise_bn import estimate_batch_statistics
from stages.train.sam import sharpness_aware
from tests.support.paths import ROOT
from tests.support.training import RECIPE, SMALL, made_faces

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def make_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tables = {"train": made_faces("train", 6), "val": made_faces("val", 3)}

    def make(workers=1, **changes) -> Run:
        params = RecipeParams(**merged(RECIPE, changes))
        keras.utils.clear_session()
        keras.utils.set_random_seed(params.seed)
        faces = {split: load_faces(table, 16) for split, table in tables.items()}
        return Run(
            sharpness_aware(
                build_network(SMALL, 16, params.weights, params.dropout), params.sam_rho
            ),
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
    ("weights", "ema_momentum", "sam_rho", "epoch"),
    [
        ("none", 0.0, 0.0, 0),
        ("none", 0.0, 0.05, 0),
        ("imagenet", 0.9, 0.0, 0),
        pytest.param("none", 0.9, 0.05, 1, marks=pytest.mark.slow),
        pytest.param("imagenet", 0.0, 0.0, 1, marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_training_ends_as_if_it_had_not_been(
    make_run, weights, ema_momentum, sam_rho, epoch
):
    recipe = {
        "ema_momentum": ema_momentum,
        "sam_rho": sam_rho,
        "weights": weights,
        "tune": {"epochs": 3, "learning_rate": 1e-2, "from": "last_block"},
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


def test_it_learns_until_the_learning_rate_has_fallen(make_run):
    run = make_run(tune={"epochs": 12, "learning_rate": 3e-2, "from": "all"})
    history = fit(run, nothing)
    assert len(history) == 12
    assert history[-1]["learning_rate"] == pytest.approx(0, abs=1e-6)
    assert max(row["val_auc"] for row in history) > 0.9
    logits = run.network.predict(run.val, verbose=0)[:, 0]
    fake = (run.val.table["label"] == "fake").to_numpy()
    assert logits[fake].mean() > logits[~fake].mean()


def test_a_linear_decay_keeps_the_peak_until_three_quarters_of_a_phase(make_run):
    tune = {"epochs": 4, "learning_rate": 1e-2, "from": "all"}
    run = make_run(decay="linear", warmup=0.25, tune=tune, precise_bn_batches=0)
    compile_phase(run, "tune", Phase(epochs=4, learning_rate=1e-2), None)
    steps = 4 * len(run.batches)
    rates = [float(run.network.optimizer._learning_rate(step)) for step in range(steps + 3)]
    assert (np.diff(rates[: steps // 4]) > 0).all()
    assert rates[steps // 4 : 3 * steps // 4 + 1] == pytest.approx([1e-2] * (steps // 2 + 1))
    np.testing.assert_allclose(np.diff(rates[3 * steps // 4 : steps + 1]), -4e-2 / steps, rtol=1e-3)
    assert rates[steps:] == [0, 0, 0]
    history = fit(run, nothing)
    assert history[0]["learning_rate"] > history[-1]["learning_rate"] >= 0


@pytest.mark.parametrize(("frames", "steps", "expected"), [(1, None, 3), (None, 2, 2)])
def test_the_schedule_ends_with_the_steps_that_an_epoch_has(make_run, frames, steps, expected):
    run = make_run(frames_per_item=frames, steps_per_epoch=steps)
    history = fit(run, nothing)
    assert len(run.batches) == expected
    assert history[-1]["learning_rate"] == pytest.approx(0, abs=1e-9)
    assert history[0]["learning_rate"] > 1e-4


def test_the_head_learns_on_a_frozen_backbone_first(make_run):
    tune = {"epochs": 2, "learning_rate": 1e-3, "from": "last_block"}
    run = make_run(weights="imagenet", head={"epochs": 1, "learning_rate": 1e-2}, tune=tune)
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


def test_without_epochs_to_tune_the_head_alone_is_trained_and_its_best_epoch_kept(make_run):
    tune = {"epochs": 0, "learning_rate": 1e-3, "from": "all"}
    run = make_run(weights="imagenet", head={"epochs": 3, "learning_rate": 1e-2}, tune=tune)
    before = [weight.numpy() for weight in features_of(run.network).weights]
    history = fit(run, nothing)
    assert [row["phase"] for row in history] == ["head"] * 3
    for weight, old in zip(features_of(run.network).weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)


@pytest.mark.parametrize("sam_rho", [0.0, 0.05])
def test_statistics_are_those_of_the_batches(make_run, sam_rho):
    run = make_run(sam_rho=sam_rho)
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
    recipe = {
        "optimizer": "sgd",
        "clip_norm": 0.0,
        "tune": {"epochs": 3, "learning_rate": 1e30, "from": "all"},
    }
    advice = r"lower the learning rate of phase tune, 1e\+30, or set clip_norm"
    with pytest.raises(ParamsError, match=advice):
        fit(make_run(**recipe), nothing)


def test_scores_of_val_that_are_not_finite_end_the_stage(make_run, monkeypatch):
    broken = np.full(12, np.nan, np.float32)
    monkeypatch.setattr("stages.train.fitting.predict_logits", lambda *_: broken)
    with pytest.raises(ParamsError, match=r"scores of val after epoch 0.*lower the learning rate"):
        fit(make_run(), nothing)


@pytest.mark.parametrize(("first", "frozen"), [("all", 0), ("last_block", 2), ("second", 2)])
def test_fine_tuning_changes_the_layers_from_the_named_one_on(make_run, first, frozen):
    tune = {"epochs": 1, "learning_rate": 1e-2, "from": first}
    run = make_run(weights="imagenet", tune=tune, precise_bn_batches=0)
    kernels = features_of(run.network).trainable_weights
    before = [weight.numpy() for weight in kernels]
    fit(run, nothing)
    same = [
        np.array_equal(weight.numpy(), old) for weight, old in zip(kernels, before, strict=True)
    ]
    assert all(same[:frozen])
    assert same[0] == (frozen > 0)
    assert not all(same[frozen:])


def test_a_layer_to_tune_from_that_does_not_exist_is_named_before_any_work(make_run):
    tune = {"epochs": 1, "learning_rate": 1e-2, "from": "third"}
    run = make_run(weights="imagenet", tune=tune)
    with pytest.raises(ParamsError, match=r"no layer 'third'.*all, last_block"):
        fit(run, nothing)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
def test_weight_decay_shrinks_kernels_and_nothing_else(make_run, optimizer, weight_decay):
    run = make_run(optimizer=optimizer, weight_decay=weight_decay)
    compile_phase(run, "tune", Phase(epochs=1, learning_rate=1.0), None)
    optimizer = run.network.optimizer
    optimizer.build(run.network.trainable_variables)
    optimizer.learning_rate = keras.optimizers.schedules.PolynomialDecay(0.1, 1, 0.1)
    before = [variable.numpy() for variable in run.network.trainable_variables]
    optimizer.apply([keras.ops.zeros_like(value) for value in run.network.trainable_variables])
    for variable, old in zip(run.network.trainable_variables, before, strict=True):
        factor = 1 - 0.1 * weight_decay if old.ndim > 1 else 1
        np.testing.assert_allclose(variable.numpy(), factor * old, rtol=1e-5, atol=1e-7)


def test_the_profile_for_gpus_shrinks_weights_over_a_run():
    """1e-4 times a rate of 1e-4 shrank them by 0.03 %; a rate that falls along a cosine halves."""
    params = profile("gpu", root=ROOT)
    recipe = params["recipe"]
    steps = recipe["tune"]["epochs"] * 720 * 2 * 8 // recipe["batch_size"] * 4
    shrunk = recipe["weight_decay"] * recipe["tune"]["learning_rate"] / 2 * steps
    assert 0.005 < shrunk < 0.5


def test_the_same_training_is_the_same_file(make_run, tmp_path):
    for name in ("a", "b"):
        run = make_run()
        fit(run, nothing)
        save_model(run.network, tmp_path / f"{name}.keras")
        run.checkpoints.remove()
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
