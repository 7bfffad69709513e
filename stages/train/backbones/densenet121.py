"""DenseNet-121 (Huang et al., CVPR 2017)."""

import keras

from stages.train.backbones import Backbone, standardised


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    return keras.applications.DenseNet121(
        include_top=False, weights=weights, input_shape=input_shape
    )


BACKBONE = Backbone(
    features=_features,
    preprocess=standardised,
    input_size=224,
    smallest_size=32,
    tune_from="pool4_bn",
)
