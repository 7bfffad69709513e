"""Grad-CAM: which parts of a crop raise P(fake) (Selvaraju et al., ICCV 2017).

Our networks end in a feature map, global average pooling, and one linear unit. The gradient of the
logit with respect to the feature map is then given by the unit's weights at every position, and
Grad-CAM equals the class activation map of Zhou et al. (CVPR 2016): exact, from one forward pass,
and the same on every backend. On small crops the last feature map shrinks to a few positions or a
single one. The map is then taken from the deepest layer that has enough spatial resolution and that
all later layers depend on; each channel is weighted by the mean of the logit's gradient over its
positions. Maps of earlier layers are finer but less reliable, as the paper shows.

An encoder ends in its class token instead, which gathers what it needs from the patches. Its map is
that of the patches' tokens as they enter the last block, each channel weighted by the mean of the
logit's gradient over them. Features of length 1, or a GRU over the frames of a clip, make the logit
depend on all positions together, so that the gradient is taken there too. The maps of a clip's
frames are laid out as the frames are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from stages.common.clips import tile
from stages.common.crops import resize_crop
from stages.common.errors import InputError

_MIN_SIZE = 5
"""Minimum side of a map, in positions."""

_BATCH_SIZE = 12
"""Fixed batch size, in crops: Keras would build another graph for each other size."""


@dataclass(frozen=True)
class Maps:
    """Computes the Grad-CAM maps of a network.

    Attributes
    ----------
    of_batch : callable
        Maps `_BATCH_SIZE` crops, float32, shape (n, size, size, 3), to their maps; see `of`.
    size : int
        Side of the network's input, in pixels.
    side : int
        Side of a map, in positions.
    earlier : bool
        Whether the maps are taken from an earlier layer than the last.
    """

    of_batch: Callable[[np.ndarray], np.ndarray]
    size: int
    side: int
    earlier: bool

    def of(self, crops: Sequence[np.ndarray]) -> np.ndarray:
        """Compute the maps of crops.

        Parameters
        ----------
        crops : sequence of ndarray, shape (h, w, 3)
            RGB, 0 to 255, of any size.

        Returns
        -------
        ndarray of float32, shape (n, side, side)
            How much each position raises (above 0) or lowers the logit; Grad-CAM shows only what
            is above 0. For the last layer, the mean over all positions plus the unit's bias is the
            logit.
        """
        found = np.empty((len(crops), self.side, self.side), np.float32)
        batch = np.zeros((_BATCH_SIZE, self.size, self.size, 3), np.float32)
        for first in range(0, len(crops), _BATCH_SIZE):
            part = crops[first : first + _BATCH_SIZE]
            batch[: len(part)] = [resize_crop(crop, self.size) for crop in part]
            found[first : first + len(part)] = self.of_batch(batch)[: len(part)]
        return found


def grad_cam(network: keras.Model) -> Maps:
    """Choose the layer of a network to compute Grad-CAM for.

    Parameters
    ----------
    network : keras.Model
        Maps crops to one logit: a nested backbone, global average pooling, and a linear unit.

    Raises
    ------
    InputError
        The network ends otherwise, or it needs gradients, which are those of TensorFlow alone.
    """
    nested = [place for place, part in enumerate(network.layers) if isinstance(part, keras.Model)]
    if nested and len(network.layers[nested[0]].output_shape) == 2:
        return _of_encoder(network, network.layers[nested[0]])
    head = network.layers[nested[0] + 1 :] if nested else network.layers
    pool, unit = head[0], head[-1]
    if not isinstance(pool, keras.layers.GlobalAveragePooling2D) or not isinstance(
        unit, keras.layers.Dense
    ):
        raise InputError(
            f"{network.name} ends in {pool.name} and {unit.name}, not in global average pooling "
            "and one linear unit: Grad-CAM cannot be computed"
        )
    size, side = network.input_shape[1], pool.input.shape[1]
    layer = None
    # Keras has no API for gradients, and only the one of TensorFlow is implemented
    if side < _MIN_SIZE and keras.backend.backend() == "tensorflow":
        layer = _deepest_spatial_layer(network)
    if layer is not None:
        shown = layer.output.shape[1] * _clip_side(network)
        return Maps(_by_gradient(network, layer), size, shown, earlier=True)
    nonlinear = keras.layers.UnitNormalization, keras.layers.GRU
    if any(isinstance(layer, nonlinear) for layer in head):
        _require_gradients(network)
        shown = side * _clip_side(network)
        return Maps(_by_gradient(network, None), size, shown, earlier=False)
    return Maps(_of_last_layer(network, pool, unit), size, side, earlier=False)


def _of_last_layer(
    network: keras.Model, pool: keras.Layer, unit: keras.layers.Dense
) -> Callable[[np.ndarray], np.ndarray]:
    feature_maps = keras.Model(network.inputs, pool.input)
    weights = keras.ops.convert_to_numpy(unit.kernel)[:, 0].astype(np.float64)

    def maps(crops: np.ndarray) -> np.ndarray:
        # In double precision, because NumPy's order of summation may differ between processes and
        # float32 rounding errors would become visible in a picture
        features = keras.ops.convert_to_numpy(feature_maps.predict_on_batch(crops))
        return (features.astype(np.float64) @ weights).astype(np.float32)

    return maps


def _deepest_spatial_layer(network: keras.Model) -> keras.Layer | None:
    backbone = _backbone(network)
    for layer in reversed(backbone.layers[:-1]):
        shape = layer.output.shape
        if len(shape) == 4 and shape[1] >= _MIN_SIZE:
            try:
                keras.Model(layer.output, backbone.output)
            except ValueError:  # a branch: later layers have other inputs as well
                continue
            return layer
    return None


def _by_gradient(
    network: keras.Model, layer: keras.Layer | None
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from crops to the maps of a layer inside the backbone, or of its last."""
    import tensorflow as tf

    backbone, clip_side = _backbone(network), _clip_side(network)
    place = network.operations.index(backbone)
    inner = backbone if layer is None else keras.Model(backbone.inputs, layer.output)
    before = keras.Model(network.inputs, inner(network.operations[place - 1].output))
    after = keras.Model(layer.output, backbone.output) if layer else None
    head = keras.Model(network.operations[place + 1].input, network.output)

    @tf.function
    def maps(crops: tf.Tensor) -> tf.Tensor:
        found = before(crops, training=False)
        with tf.GradientTape() as tape:
            tape.watch(found)
            features = after(found, training=False) if after else found
            logit = head(features, training=False)
        weights = tf.reduce_mean(tape.gradient(logit, found), axis=(1, 2), keepdims=True)
        return tf.cast(tf.reduce_sum(weights * found, axis=-1), tf.float32)

    return lambda crops: _laid_out(maps(tf.constant(crops)).numpy(), clip_side)


def _of_encoder(network: keras.Model, backbone: keras.Model) -> Maps:
    """The maps of a network whose backbone is an encoder of keras-hub."""
    _require_gradients(network)
    import tensorflow as tf

    (encoder,) = (layer for layer in backbone.layers if isinstance(layer, keras.Model))
    is_clip = hasattr(encoder, "encoder_layers")
    block = (encoder.encoder_layers if is_clip else encoder.encoder.layers)[-1]
    side, clip_side = backbone.input_shape[1] // encoder.patch_size, _clip_side(network)
    tokens: list[tf.Tensor] = []
    call = block.call

    def noted(inputs: tf.Tensor, *args: Any, **options: Any) -> tf.Tensor:
        tokens.append(inputs)
        return call(inputs, *args, **options)

    @tf.function
    def maps(crops: tf.Tensor) -> tf.Tensor:
        tokens.clear()
        block.call = noted
        try:
            with tf.GradientTape() as tape:
                tape.watch(crops)
                logit = network(crops, training=False)
        finally:
            block.call = call
        # The class token, and registers if there are any, come before the patches
        patches = tokens[0][:, -side * side :]
        weights = tape.gradient(logit, tokens[0])[:, -side * side :]
        found = tf.reduce_sum(tf.reduce_mean(weights, axis=1, keepdims=True) * patches, axis=-1)
        return tf.reshape(tf.cast(found, tf.float32), (-1, side, side))

    def of_batch(crops: np.ndarray) -> np.ndarray:
        return _laid_out(maps(tf.constant(crops)).numpy(), clip_side)

    return Maps(of_batch, network.input_shape[1], side * clip_side, earlier=True)


def _clip_side(network: keras.Model) -> int:
    """Frames along each side of a crop, of which the backbone takes one at a time."""
    return network.input_shape[1] // _backbone(network).input_shape[1]


def _laid_out(maps: np.ndarray, clip_side: int) -> np.ndarray:
    """Maps of clips, shape (n, side * h, side * w), of those of their frames, shape (-1, h, w)."""
    of_clips = maps.reshape(-1, clip_side**2, *maps.shape[1:])
    return np.stack([tile(frames[..., None])[..., 0] for frames in of_clips])


def _require_gradients(network: keras.Model) -> None:
    if keras.backend.backend() != "tensorflow":
        raise InputError(
            f"Grad-CAM of {network.name} needs gradients: run it with KERAS_BACKEND=tensorflow"
        )


def _backbone(network: keras.Model) -> keras.Model:
    (backbone,) = (layer for layer in network.layers if isinstance(layer, keras.Model))
    return backbone
