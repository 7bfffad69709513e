"""ResNet-50 (He et al., CVPR 2016)."""

import keras

from stages.train.backbones import Backbone, bgr_minus_mean


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    return keras.applications.ResNet50(include_top=False, weights=weights, input_shape=input_shape)


BACKBONE = Backbone(
    features=_features,
    preprocess=bgr_minus_mean,
    input_size=224,
    smallest_size=32,
    tune_from="conv4_block6_out",
)
