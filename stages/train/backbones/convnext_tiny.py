"""ConvNeXt-T (Liu et al., CVPR 2022)."""

import keras

from stages.train.backbones import Backbone, standardised


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    return keras.applications.ConvNeXtTiny(
        include_top=False, weights=weights, input_shape=input_shape, include_preprocessing=False
    )


BACKBONE = Backbone(
    features=_features,
    preprocess=standardised,
    input_size=224,
    smallest_size=32,
    tune_from="convnext_tiny_downsampling_block_2",
)
