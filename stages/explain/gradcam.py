"""Grad-CAM: which parts of a crop speak for a fake (Selvaraju et al., ICCV 2017).

Our networks end in a feature map, its mean over all places, and one linear unit. The gradient of
the logit by the feature map is then the unit's weights, the same at every place, and Grad-CAM is
the class activation map of Zhou et al. (CVPR 2016): one forward pass, exact, and the same on every
backend. On small crops that feature map shrinks to a few places or a single one. Then the map is
that of the deepest layer that still has places, and that all later ones work from: each channel
counts as the mean of the logit's gradient over its places. Maps of earlier layers are finer and
less sure, as the paper shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from stages.common.crops import resize_crop
from stages.common.errors import InputError

_MIN_SIZE = 5
"""Places a side that a map should have."""

_BATCH_SIZE = 12
"""Crops. Every batch has this size: another would make Keras build another graph."""


@dataclass(frozen=True)
class Maps:
    """How a network's maps are made.

    Attributes
    ----------
    of_batch : callable
        From `_AT_ONCE` crops, float32, shape (n, size, size, 3), to their maps; see `of`.
    size : int
        Side of a crop as the network takes it, in pixels.
    side : int
        Places a side.
    earlier : bool
        Whether they are an earlier layer's than the last.
    """

    of_batch: Callable[[np.ndarray], np.ndarray]
    size: int
    side: int
    earlier: bool

    def of(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Maps of some crops.

        Parameters
        ----------
        crops : sequence of ndarray, shape (h, w, 3)
            RGB, 0 to 255, of any size.

        Returns
        -------
        ndarray of float32, shape (n, side, side)
            How far each place raises (above 0) or lowers the logit; Grad-CAM shows what is above
            0. Of the last layer the mean over all places, plus the unit's bias, is the logit.
        """
        found = np.empty((len(crops), self.side, self.side), np.float32)
        batch = np.zeros((_BATCH_SIZE, self.size, self.size, 3), np.float32)
        for first in range(0, len(crops), _BATCH_SIZE):
            part = crops[first : first + _BATCH_SIZE]
            batch[: len(part)] = [resize_crop(crop, self.size) for crop in part]
            found[first : first + len(part)] = self.of_batch(batch)[: len(part)]
        return found


def grad_cam(network: keras.Model) -> Maps:
    """Choose a layer of a network, and make its maps.

    Parameters
    ----------
    network : keras.Model
        From crops to one logit; a backbone inside, global average pooling, and a linear unit.

    Raises
    ------
    InputError
        The network ends in another way.
    """
    *_, pool, unit = (
        layer for layer in network.layers if not isinstance(layer, keras.layers.Dropout)
    )
    if not isinstance(pool, keras.layers.GlobalAveragePooling2D) or not isinstance(
        unit, keras.layers.Dense
    ):
        raise InputError(
            f"{network.name} ends in {pool.name} and {unit.name}, not in global average pooling "
            "and one linear unit: no map can be given"
        )
    size, side = network.input_shape[1], pool.input.shape[1]
    layer = None
    # Keras itself gives no gradients: each backend has its own way
    if side < _MIN_SIZE and keras.backend.backend() == "tensorflow":
        layer = _deepest_with_places(network)
    if layer is None:
        return Maps(_of_last_layer(network, pool, unit), size, side, earlier=False)
    return Maps(_by_gradient(network, layer), size, layer.output.shape[1], earlier=True)


def _of_last_layer(
    network: keras.Model, pool: keras.Layer, unit: keras.layers.Dense
) -> Callable[[np.ndarray], np.ndarray]:
    feature_maps = keras.Model(network.inputs, pool.input)
    weights = keras.ops.convert_to_numpy(unit.kernel)[:, 0].astype(np.float64)

    def maps(crops: np.ndarray) -> np.ndarray:
        # Summed in double precision: the order of the sum is numpy's choice in each process, and
        # a picture would show the last bits of float32
        features = keras.ops.convert_to_numpy(feature_maps.predict_on_batch(crops))
        return (features.astype(np.float64) @ weights).astype(np.float32)

    return maps


def _deepest_with_places(network: keras.Model) -> keras.Layer | None:
    backbone = _backbone(network)
    for layer in reversed(backbone.layers[:-1]):
        shape = layer.output.shape
        if len(shape) == 4 and shape[1] >= _MIN_SIZE:
            try:
                keras.Model(layer.output, backbone.output)
            except ValueError:  # a branch: later layers work from others as well
                continue
            return layer
    return None


def _by_gradient(network: keras.Model, layer: keras.Layer) -> Callable[[np.ndarray], np.ndarray]:
    """The function from crops to the maps of a layer inside the backbone."""
    import tensorflow as tf

    backbone = _backbone(network)
    prepared = network.operations[network.operations.index(backbone) - 1].output
    before = keras.Model(network.inputs, keras.Model(backbone.inputs, layer.output)(prepared))
    after = keras.Model(layer.output, backbone.output)
    head = network.layers[network.layers.index(backbone) + 1 :]

    @tf.function
    def maps(crops: tf.Tensor) -> tf.Tensor:
        found = before(crops, training=False)
        with tf.GradientTape() as tape:
            tape.watch(found)
            logit = after(found, training=False)
            for part in head:
                logit = part(logit, training=False)
        weights = tf.reduce_mean(tape.gradient(logit, found), axis=(1, 2), keepdims=True)
        return tf.cast(tf.reduce_sum(weights * found, axis=-1), tf.float32)

    return lambda crops: maps(tf.constant(crops)).numpy()


def _backbone(network: keras.Model) -> keras.Model:
    (backbone,) = (layer for layer in network.layers if isinstance(layer, keras.Model))
    return backbone
