"""The training loop: phases, epochs, selection of the best epoch, and batch statistics."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from stages.common.errors import ParamsError
from stages.common.progress import progress
from stages.train.backbones import Backbone
from stages.train.backend import ALONE, ProcessGroup, compile_options, replicas, wait_for
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints, restore, state_of
from stages.train.network import batch_normalisations, freeze, unfreeze
from stages.train.params import Phase, RecipeParams
from stages.train.precise_bn import estimate_batch_statistics

History = list[dict[str, Any]]
"""One row per epoch: number from 0, phase, final learning rate, metrics on train and val."""


@dataclass(frozen=True)
class Run:
    """Everything one training needs.

    Attributes
    ----------
    network : keras.Model
        As `build_network` returns it; trained in place.
    backbone : Backbone
        Names the first layer to fine-tune.
    params : RecipeParams
        The hyperparameters.
    batches : TrainBatches
        Batches of the split `train`.
    val : ValBatches
        Batches of the split `val`.
    checkpoints : Checkpoints
        Checkpoints from which an interrupted training resumes.
    process_group : ProcessGroup
        Processes that train the network together.
    """

    network: keras.Model
    backbone: Backbone
    params: RecipeParams
    batches: TrainBatches
    val: ValBatches
    checkpoints: Checkpoints
    process_group: ProcessGroup = ALONE


def fit(run: Run, on_epoch: Callable[[History], None]) -> History:
    """Train a network, restore its best epoch and re-estimate its batch statistics.

    Parameters
    ----------
    run : Run
        The network, its parameters and its data.
    on_epoch : callable
        Called with the history after each epoch.

    Returns
    -------
    History
        All epochs, including those before an interruption.

    Raises
    ------
    ParamsError
        The loss is no longer finite.
    """
    for layer in batch_normalisations(run.network):
        layer.momentum = run.params.bn_momentum
        layer.synchronized = replicas(run.network) > 1
    state = run.checkpoints.latest()
    history: History = state.history if state else []
    total = sum(phase.epochs for phase in phases(run.params).values())
    with progress("train", total * len(run.batches)) as bar:
        bar.update(len(history) * len(run.batches))
        for name, phase in phases(run.params).items():
            if history and name == "head" and history[-1]["phase"] == "tune":
                continue
            compile_phase(run, name, phase)
            if state and history[-1]["phase"] == name:
                restore(run.network, state)
            callback = _EpochCallback(run, name, history, bar.update, on_epoch)
            _fit_phase(run, name, phase, history, callback)
    best = best_epoch(history, run.params.monitor, run.params.tolerance)
    wait_for(run.process_group)
    restore(run.network, run.checkpoints.load(best))
    run.network.optimizer.finalize_variable_values(run.network.trainable_variables)
    run.batches.epoch = total
    estimate_batch_statistics(
        run.network, run.batches, run.params.precise_bn_batches, phase.epochs * len(run.batches)
    )
    return history


def phases(params: RecipeParams) -> dict[str, Phase]:
    """The phases by name, in order; random weights skip `head`: freezing them is useless."""
    if params.weights == "none":
        return {"tune": params.tune}
    return {"head": params.head, "tune": params.tune}


def best_epoch(history: History, monitor: str, tolerance: float) -> int:
    """The epoch to keep: the latest of phase `tune` within `tolerance` of the best on val.

    A val split of few groups cannot tell such epochs apart, and since the learning rate decays to
    zero, the later one is preferable.
    """
    tuned = [row for row in history if row["phase"] == "tune"]
    sign = -1 if monitor == "val_loss" else 1
    best = max(sign * row[monitor] for row in tuned)
    return [row["epoch"] for row in tuned if sign * row[monitor] >= best - tolerance][-1]


def compile_phase(run: Run, name: str, phase: Phase) -> None:
    """Compile the network for a phase: set its trainable layers, optimizer and learning rate."""
    if name == "head":
        freeze(run.network)
    else:
        first = None if run.params.weights == "none" else run.backbone.tune_from
        unfreeze(run.network, first)
    run.network.compile(
        optimizer=_optimizer(run.params, phase.learning_rate, *_steps(run, phase)),
        loss=keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=run.params.label_smoothing
        ),
        metrics=[
            keras.metrics.BinaryAccuracy(name="accuracy", threshold=0),
            keras.metrics.AUC(name="auc", from_logits=True),
        ],
        **compile_options(run.params.execution),
    )


def _steps(run: Run, phase: Phase) -> tuple[int, int]:
    steps = phase.epochs * len(run.batches)
    return round(run.params.warmup * steps), steps


def _optimizer(params: RecipeParams, rate: float, warmup: int, steps: int) -> keras.Optimizer:
    """The optimizer, with linear warm-up over `warmup` steps and cosine decay to zero."""
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=rate / warmup if warmup else rate,
        decay_steps=max(1, steps - warmup),
        warmup_target=rate if warmup else None,
        warmup_steps=warmup,
    )
    options = {
        "weight_decay": params.weight_decay,
        "global_clipnorm": params.clip_norm or None,
        "use_ema": params.ema_momentum > 0,
        "ema_momentum": params.ema_momentum,
    }
    if params.optimizer == "adamw":
        return keras.optimizers.AdamW(schedule, **options)
    return keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True, **options)


def _fit_phase(
    run: Run, name: str, phase: Phase, history: History, callback: keras.callbacks.Callback
) -> None:
    last = sum(row["phase"] != name for row in history) + phase.epochs
    if len(history) == last or _stops(run, history):
        # Keras does this at the end of `fit`; an interruption may have come before it
        run.network.optimizer.finalize_variable_values(run.network.trainable_variables)
        return
    averaged = [keras.callbacks.SwapEMAWeights()] if run.params.ema_momentum else []
    run.network.fit(
        run.batches,
        validation_data=run.val,
        initial_epoch=len(history),
        epochs=last,
        callbacks=[*averaged, callback],
        shuffle=False,  # Keras would shuffle with a random state that is not saved
        verbose=0,
    )


def _stops(run: Run, history: History) -> bool:
    if not history or history[-1]["phase"] != "tune":
        return False
    best = best_epoch(history, run.params.monitor, tolerance=0)
    return history[-1]["epoch"] - best >= run.params.patience


class _EpochCallback(keras.callbacks.Callback):
    """Set the epoch of the batches; after it extend the history, save a checkpoint, stop early."""

    def __init__(
        self,
        run: Run,
        phase: str,
        history: History,
        on_step: Callable[[], Any],
        on_epoch: Callable[[History], None],
    ) -> None:
        super().__init__()
        self._run = run
        self._phase = phase
        self._history = history
        self._on_step = on_step
        self._on_epoch = on_epoch

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._run.batches.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._on_step()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        curves = {name: float(value) for name, value in sorted(logs.items())}
        if not math.isfinite(curves["loss"]):
            raise ParamsError(
                f"the loss of epoch {epoch} is {curves['loss']}: lower the learning rate of "
                f"phase {self._phase}, or clip_norm"
            )
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self._history.append({"epoch": epoch, "phase": self._phase, "learning_rate": rate} | curves)
        tuned = self._phase == "tune"
        params = self._run.params
        best = best_epoch(self._history, params.monitor, params.tolerance) if tuned else epoch
        self._run.checkpoints.save(state_of(self.model, self._history), best)
        self._on_epoch(self._history)
        if _stops(self._run, self._history):
            self.model.stop_training = True
