"""Grad-CAM maps with places, also of networks whose last feature map is a single one.

On small crops the last feature map shrinks to one place, and its map to one even tint. Then the
map is that of the deepest layer that still has places, and that all later ones work from: each
channel counts as the mean of the logit's gradient over its places (Selvaraju et al., ICCV 2017,
who show that maps of earlier layers are finer and less sure).
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from stages.common.gradcam import grad_cam
from stages.train.network import features_of

_LEAST = 5
"""Places a side that a map should have."""


@dataclass(frozen=True)
class Maps:
    """How a network's maps are made.

    Attributes
    ----------
    of : callable
        Takes crops, float32, shape (n, s, s, 3), RGB, 0 to 255; gives float32, shape (n, h, w):
        above 0, a place speaks for a fake.
    size : int
        Side of a crop in pixels.
    side : int
        Places a side.
    earlier : bool
        Whether they are an earlier layer's than the last.
    """

    of: Callable[[np.ndarray], np.ndarray]
    size: int
    side: int
    earlier: bool


def maps_of(network: keras.Model) -> Maps:
    """Choose a layer of a network, and make its maps.

    Raises
    ------
    InputError
        The network does not end in global average pooling and a linear unit.
    """
    features = features_of(network)
    size, side = network.input_shape[1], features.output_shape[1]
    exact = Maps(grad_cam(network), size, side, earlier=False)
    # Keras itself gives no gradients: each backend has its own way
    if side >= _LEAST or keras.backend.backend() != "tensorflow":
        return exact
    for layer in reversed(features.layers[:-1]):
        shape = layer.output.shape
        if len(shape) == 4 and shape[1] >= _LEAST:
            try:
                after = keras.Model(layer.output, features.output)
            except ValueError:  # a branch: later layers work from others as well
                continue
            return Maps(_by_gradient(network, layer, after), size, shape[1], earlier=True)
    return exact


def _by_gradient(
    network: keras.Model, layer: keras.Layer, after: keras.Model
) -> Callable[[np.ndarray], np.ndarray]:
    """The function from crops to the Grad-CAM maps of a layer inside of the backbone."""
    import tensorflow as tf

    features = features_of(network)
    position = network.operations.index(features)
    prepared = network.operations[position - 1].output
    before = keras.Model(network.inputs, keras.Model(features.inputs, layer.output)(prepared))
    rest = network.layers[network.layers.index(features) + 1 :]

    @tf.function
    def maps(crops: tf.Tensor) -> tf.Tensor:
        found = before(crops, training=False)
        with tf.GradientTape() as tape:
            tape.watch(found)
            logit = after(found, training=False)
            for layer in rest:
                logit = layer(logit, training=False)
        weights = tf.reduce_mean(tape.gradient(logit, found), axis=(1, 2), keepdims=True)
        return tf.cast(tf.reduce_sum(weights * found, axis=-1), tf.float32)

    return lambda crops: maps(tf.constant(crops)).numpy()
