"""EfficientNetV2-S (Tan and Le, ICML 2021)."""

import keras

from stages.train.backbones import Backbone


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    return keras.applications.EfficientNetV2S(
        include_top=False, weights=weights, input_shape=input_shape, include_preprocessing=False
    )


def _rescaled(crops: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.Rescaling(1 / 128, offset=-1)(crops)


BACKBONE = Backbone(
    features=_features,
    preprocess=_rescaled,
    input_size=384,
    smallest_size=32,
    tune_from="block6a_expand_conv",
)
