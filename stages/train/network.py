"""The detector: preprocessing, backbone, pooling, and one logit."""

from functools import partial

import keras

from stages.common.errors import InputError, ParamsError
from stages.train.backbones import Backbone

LOGIT = "logit"


def build_network(backbone: Backbone, size: int, weights: str, dropout: float) -> keras.Model:
    """Build a network that maps face crops to a logit.

    Parameters
    ----------
    backbone : Backbone
        The feature extractor.
    size : int
        Side of a crop in pixels.
    weights : str
        ``none``, ``imagenet``, or the path of a file.
    dropout : float
        Share of the features that are dropped in training.

    Returns
    -------
    keras.Model
        Maps crops, shape (n, size, size, 3), RGB, 0 to 255, to the logit of P(fake), shape (n, 1),
        float32; P(fake) is its sigmoid. The backbone is a nested `keras.Model` whose output is the
        last feature map.

    Raises
    ------
    ParamsError
        The backbone does not accept such small crops.
    InputError
        The weights cannot be downloaded or read, or belong to another network.
    """
    if size < backbone.min_size:
        raise ParamsError(
            f"input_size is {size}, but this backbone takes {backbone.min_size} or more"
        )
    crops = keras.Input((size, size, 3), name="crops")
    features = _with_weights(backbone, weights, (size, size, 3))(backbone.preprocess(crops))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    kept = keras.layers.Dropout(dropout, name="dropout")(pooled)
    logit = keras.layers.Dense(1, dtype="float32", name=LOGIT)(kept)
    return keras.Model(crops, logit)


def features_of(network: keras.Model) -> keras.Model:
    """The backbone inside a network."""
    (features,) = (layer for layer in network.layers if isinstance(layer, keras.Model))
    return features


def freeze(network: keras.Model) -> None:
    """Freeze the backbone; its batch normalisation then runs in inference mode."""
    _set_trainable(features_of(network).layers, False)


def unfreeze(network: keras.Model, first: str | None) -> None:
    """Unfreeze the backbone from the layer `first` on, or all of it if `first` is None.

    Raises
    ------
    InputError
        The backbone has no such layer.
    """
    layers = features_of(network).layers
    names = [layer.name for layer in layers]
    if first is not None and first not in names:
        raise InputError(f"{features_of(network).name} has no layer {first!r}")
    start = 0 if first is None else names.index(first)
    _set_trainable(layers[:start], False)
    _set_trainable(layers[start:], True)


def all_layers(network: keras.Model) -> list[keras.Layer]:
    """All layers of a network, including those of nested models."""
    return network._flatten_layers(include_self=False)


def batch_normalisations(network: keras.Model) -> list[keras.layers.BatchNormalization]:
    """All batch normalisation layers, including those inside the backbone."""
    return [
        layer for layer in all_layers(network) if isinstance(layer, keras.layers.BatchNormalization)
    ]


def _set_trainable(layers: list[keras.Layer], trainable: bool) -> None:
    # Setting `trainable` on a nested model does not change the layers inside it
    for layer in layers:
        for part in layer._flatten_layers():
            part.trainable = trainable


def _with_weights(
    backbone: Backbone, weights: str, input_shape: tuple[int, int, int]
) -> keras.Model:
    without_top = partial(backbone.application, include_top=False, input_shape=input_shape)
    if weights == "none":
        return without_top(weights=None)
    try:
        return without_top(weights=weights)
    except Exception as error:  # Keras raises a bare Exception if a download fails
        if weights != "imagenet":
            raise InputError(f"weights {weights} cannot be used: {error}") from error
        raise InputError(
            f"the ImageNet weights cannot be loaded: {error}. Without internet access, "
            "download the file elsewhere and put it into ~/.keras/models/ under the same name, or "
            "give its path as `weights`"
        ) from error
