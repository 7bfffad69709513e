"""Sharpness-aware minimisation: the training looks for a place where the loss is low all around.

Source: Foret et al., Sharpness-Aware Minimization for Efficiently Improving Generalization, ICLR
2021 (arXiv 2010.01412).
"""

from functools import partial
from typing import Any

import keras
from keras import ops

from stages.train.backend import replicas


def sharpness_aware(network: keras.Model, rho: float) -> keras.Model:
    """Make `fit` follow the gradient at ``w + rho * g / |g|``, where `g` is the gradient at `w`.

    Both gradients are of the same batch with the same features dropped. Metrics and the batch
    statistics of batch normalisation are those of the first pass. The weights never leave `w`, so
    that a checkpoint holds no more than without it. Where TensorFlow divides a batch over several
    GPUs, each takes the `g` of its own part, as in the paper; on JAX, `g` is of the whole batch.

    Parameters
    ----------
    network : keras.Model
        A functional model, on the TensorFlow or the JAX backend.
    rho : float
        Radius; 0 leaves the network as it is.

    Returns
    -------
    keras.Model
        A model of the same layers.
    """
    if not rho:
        return network
    kinds = {"tensorflow": _OnTensorFlow, "jax": _OnJax}
    return kinds[keras.backend.backend()](network, rho)


def _worst(values: list[Any], gradients: list[Any], rho: float) -> list[Any]:
    """Where the loss is highest within `rho` of `values`, to first order."""
    norm = ops.sqrt(sum(ops.sum(ops.square(gradient)) for gradient in gradients))
    scale = rho / ops.maximum(norm, 1e-12)  # nowhere, where the gradient is zero
    return [value + scale * gradient for value, gradient in zip(values, gradients, strict=True)]


class _SharpnessAware(keras.Model):
    def __init__(self, network: keras.Model, rho: float) -> None:
        super().__init__(network.input, network.output, name=network.name)
        self._rho = rho


class _OnTensorFlow(_SharpnessAware):
    def train_step(self, data: Any) -> Any:
        """Do Keras's own step with another gradient."""
        import tensorflow as tf

        crops, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        variables = self.trainable_variables
        before = [tf.identity(one.value) for one in self.non_trainable_variables]
        with tf.GradientTape() as tape:
            logits = self(crops, training=True)
            loss = self.compute_loss(crops, labels, logits, weights)
        worst = _worst([one.value for one in variables], tape.gradient(loss, variables), self._rho)
        with tf.GradientTape() as tape:
            tape.watch(worst)
            there, _ = self.stateless_call(worst, before, crops, training=True)
            highest = self.compute_loss(crops, labels, there, weights)
        self.optimizer.apply_gradients(zip(tape.gradient(highest, worst), variables, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss * replicas(self), sample_weight=tf.shape(crops)[0])
        return self.compute_metrics(crops, labels, logits, weights)


class _OnJax(_SharpnessAware):
    def compute_loss_and_updates(
        self, trainable_variables: list[Any], *state: Any, training: bool = False, **options: Any
    ) -> tuple[Any, Any]:
        """Return a loss with the gradient of another place, and what Keras's own step updates."""
        import jax

        loss_at = partial(super().compute_loss_and_updates, training=training, **options)
        if not training:
            return loss_at(trainable_variables, *state)
        gradients, updates = jax.grad(loss_at, has_aux=True)(
            jax.lax.stop_gradient(trainable_variables), *state
        )
        highest, _ = loss_at(_worst(trainable_variables, gradients, self._rho), *state)
        return highest, updates
