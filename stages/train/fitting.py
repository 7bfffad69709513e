"""The training loop: phases, epochs, selection of the best epoch, and batch statistics."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from stages.common.errors import ParamsError
from stages.common.progress import progress
from stages.train.backbones import Backbone
from stages.train.backend import (
    ALONE,
    ProcessGroup,
    compile_options,
    predict_logits,
    replicas,
    wait_for,
)
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints, restore, state_of
from stages.train.feature_loss import with_feature_loss
from stages.train.network import batch_normalisations, freeze, ordered_layers, unfreeze
from stages.train.params import Phase, RecipeParams
from stages.train.precise_bn import estimate_batch_statistics
from stages.train.selection import best_epoch, contenders, val_metrics

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
        Names its last block.
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
        The backbone has no layer ``tune.from``, or the loss is not finite any more.
    """
    run = replace(run, network=with_feature_loss(run.network, run.params))
    first = first_tuned(run)
    for layer in batch_normalisations(run.network):
        layer.momentum = run.params.bn_momentum
        layer.synchronized = replicas(run.network) > 1
    state = run.checkpoints.latest()
    history: History = state.history if state else []
    val_logits = list(state.val_logits) if state else []
    total = sum(phase.epochs for phase in phases(run.params).values())
    with progress("train", total * len(run.batches)) as bar:
        bar.update(len(history) * len(run.batches))
        for name, phase in phases(run.params).items():
            if history and name == "head" and history[-1]["phase"] == "tune":
                continue
            compile_phase(run, name, phase, first)
            if state and history[-1]["phase"] == name:
                restore(run.network, state)
            callback = _EpochCallback(run, name, history, val_logits, bar.update, on_epoch)
            _fit_phase(run, name, phase, history, callback)
    best = best_epoch(history, run.val.table, val_logits)
    wait_for(run.process_group)
    restore(run.network, run.checkpoints.load(best))
    run.network.optimizer.finalize_variable_values(run.network.trainable_variables)
    run.batches.epoch = total
    estimate_batch_statistics(
        run.network, run.batches, run.params.precise_bn_batches, phase.epochs * len(run.batches)
    )
    return history


def phases(params: RecipeParams) -> dict[str, Phase]:
    """The phases by name, in order, of which the last one gives the epoch to keep.

    Random weights skip `head`: freezing them is useless. A `tune` of no epochs is skipped too.
    """
    if params.weights == "none":
        return {"tune": params.tune}
    if not params.tune.epochs:
        return {"head": params.head}
    return {"head": params.head, "tune": params.tune}


def first_tuned(run: Run) -> str | None:
    """The first layer that fine-tuning changes; None if it changes all.

    Raises
    ------
    ParamsError
        ``tune.from`` names a layer that the backbone does not have.
    """
    tune = run.params.tune
    name = tune.first_layer
    if name == "all" or tune.trainable == "none" or run.params.weights == "none":
        return None
    if name == "last_block":
        return run.backbone.last_block
    if name not in {layer.name for layer in ordered_layers(run.network)}:
        raise ParamsError(
            f"tune.from: the backbone has no layer {name!r}: expected all, last_block, or a layer "
            f"by its name, such as {run.backbone.last_block}"
        )
    return name


def compile_phase(run: Run, name: str, phase: Phase, first: str | None) -> None:
    """Compile the network for a phase: what is trained, its optimizer, its learning rate."""
    if name == "head":
        freeze(run.network)
    else:
        unfreeze(run.network, first, run.params.tune.trainable, run.params.tune.lora_rank)
    optimizer = _optimizer(run.params, phase.learning_rate, *_steps(run, phase))
    if run.params.weight_decay:
        # As usual (He et al., CVPR 2019): biases, scales and shifts have one axis, kernels more
        variables = run.network.trainable_variables
        optimizer.exclude_from_weight_decay([one for one in variables if len(one.shape) < 2])
    run.network.compile(
        optimizer=optimizer,
        loss=keras.losses.BinaryCrossentropy(
            from_logits=True, label_smoothing=run.params.label_smoothing
        ),
        metrics=[keras.metrics.BinaryAccuracy(name="accuracy", threshold=0)],
        **compile_options(run.params.execution),
    )


def _steps(run: Run, phase: Phase) -> tuple[int, int]:
    steps = phase.epochs * len(run.batches)
    return round(run.params.warmup * steps), steps


def _optimizer(params: RecipeParams, rate: float, warmup: int, steps: int) -> keras.Optimizer:
    """The optimizer, with linear warm-up over `warmup` steps and decay to zero over the others."""
    schedule = (
        _LinearDecay(rate, warmup, steps)
        if params.decay == "linear"
        else keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=rate / warmup if warmup else rate,
            decay_steps=max(1, steps - warmup),
            warmup_target=rate if warmup else None,
            warmup_steps=warmup,
        )
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


class _LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, the peak, and a linear decay to zero over the last quarter of the steps."""

    def __init__(self, peak: float, warmup: int, steps: int) -> None:
        super().__init__()
        self._peak, self._warmup, self._steps = peak, warmup, steps

    def __call__(self, step: Any) -> Any:
        step = keras.ops.cast(step, "float32")
        left = keras.ops.maximum(self._steps - step, 0) / (self._steps / 4)
        risen = (step + 1) / (self._warmup + 1)
        return self._peak * keras.ops.minimum(keras.ops.minimum(risen, left), 1)

    def get_config(self) -> dict[str, Any]:
        return {"peak": self._peak, "warmup": self._warmup, "steps": self._steps}


def _fit_phase(
    run: Run, name: str, phase: Phase, history: History, callback: keras.callbacks.Callback
) -> None:
    last = sum(row["phase"] != name for row in history) + phase.epochs
    if len(history) == last:
        # What Keras does at the end of each phase, and an interruption may have left out
        run.network.optimizer.finalize_variable_values(run.network.trainable_variables)
        return
    run.network.fit(
        run.batches,
        initial_epoch=len(history),
        epochs=last,
        callbacks=[callback],
        shuffle=False,  # Keras would draw another order of batches from a state that is not saved
        verbose=0,
    )


class _EpochCallback(keras.callbacks.Callback):
    """Before an epoch its batches; after it the scores of val, a checkpoint, a row of history."""

    def __init__(
        self,
        run: Run,
        phase: str,
        history: History,
        val_logits: list[np.ndarray],
        on_step: Callable[[], Any],
        on_epoch: Callable[[History], None],
    ) -> None:
        super().__init__()
        self._run = run
        self._phase = phase
        self._history = history
        self._val_logits = val_logits
        self._on_step = on_step
        self._on_epoch = on_epoch

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._run.batches.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._on_step()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        curves = {name: float(value) for name, value in sorted(logs.items())}
        if not math.isfinite(curves["loss"]):
            raise ParamsError(f"the loss of epoch {epoch} is {curves['loss']}: {self._advice}")
        self._val_logits.append(self._score_val())
        if not np.isfinite(self._val_logits[-1]).all():
            raise ParamsError(
                f"the scores of val after epoch {epoch} are not all finite: {self._advice}"
            )
        curves |= val_metrics(self._run.val.table, self._val_logits[-1])
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self._history.append({"epoch": epoch, "phase": self._phase, "learning_rate": rate} | curves)
        is_last = self._phase == [*phases(self._run.params)][-1]
        kept = contenders(self._history) if is_last else []
        state = state_of(self.model, self._history, self._val_logits)
        self._run.checkpoints.save(state, kept)
        self._on_epoch(self._history)

    @property
    def _advice(self) -> str:
        """What to do about values that are not finite."""
        params = self._run.params
        rate = phases(params)[self._phase].learning_rate
        norm = f"lower clip_norm, {params.clip_norm:g}" if params.clip_norm else "set clip_norm"
        return f"lower the learning rate of phase {self._phase}, {rate:g}, or {norm}"

    def _score_val(self) -> np.ndarray:
        """Logits of val by the averaged weights, where they are averaged."""
        averages = keras.callbacks.SwapEMAWeights() if self._run.params.ema_momentum else None
        if averages:
            averages.set_model(self.model)
            averages.on_predict_begin()
        logits = predict_logits(self.model, self._run.val, self._run.process_group)
        if averages:
            averages.on_predict_end()
        return logits
