"""Estimate batch statistics for the final weights ("precise BatchNorm", Wu and Johnson 2021).

The moving averages of batch normalisation lag behind the weights, and a short training never
catches up (Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021).
"""

import keras
import numpy as np

from stages.train.batches import TrainBatches
from stages.train.network import batch_normalisations


def estimate_batch_statistics(
    network: keras.Model, batches: TrainBatches, count: int, last_step: int
) -> None:
    """Replace the moving averages by averages over `batches` at the current weights.

    The compiled training step is reused, which avoids building another graph. The learning rate
    is zero past the end of its schedule, and the averages start from zero, so that they need only
    the bias correction known from Adam's moments. Frozen layers keep their moving averages.

    Parameters
    ----------
    network : keras.Model
        Compiled with a learning rate that is zero from `last_step` on. Its optimizer is of no
        further use afterwards.
    batches : TrainBatches
        Batches of an epoch that was not trained on.
    count : int
        Number of batches, at most one epoch; 0 keeps the moving averages.
    last_step : int
        Length of the schedule in steps.
    """
    layers = [layer for layer in batch_normalisations(network) if layer.trainable]
    count = min(count, len(batches))
    if not layers or not count:
        return
    weights = [keras.ops.convert_to_numpy(value) for value in network.trainable_variables]
    for variable in network.optimizer.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    network.optimizer.iterations.assign(last_step)
    for layer in layers:
        layer.moving_mean.assign(np.zeros(layer.moving_mean.shape))
        layer.moving_variance.assign(np.zeros(layer.moving_variance.shape))
    network.fit(batches, steps_per_epoch=count, shuffle=False, verbose=0)
    for layer in layers:
        seen = 1 - layer.momentum**count
        layer.moving_mean.assign(layer.moving_mean / seen)
        layer.moving_variance.assign(layer.moving_variance / seen)
    for variable, value in zip(network.trainable_variables, weights, strict=True):
        variable.assign(value)
