"""EfficientNet-B0 (Tan and Le, ICML 2019)."""

import keras

from stages.train.backbones import IMAGENET_DEVIATION, Backbone


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    network = keras.applications.EfficientNetB0(
        include_top=False, weights=weights, input_shape=input_shape
    )
    if weights not in (None, "imagenet"):
        # Keras's weights hold the deviation where its layer wants the variance. Keras mends that
        # by one more layer, but only for weights that it downloads itself
        (normalise,) = (
            layer for layer in network.layers if isinstance(layer, keras.layers.Normalization)
        )
        normalise.adapt_variance.assign(normalise.adapt_variance * IMAGENET_DEVIATION)
        normalise.finalize_state()
    return network


def _as_is(crops: keras.KerasTensor) -> keras.KerasTensor:
    """The network itself begins with its preprocessing."""
    return crops


BACKBONE = Backbone(
    features=_features,
    preprocess=_as_is,
    input_size=224,
    smallest_size=32,
    tune_from="block6a_expand_conv",
)
