"""ResNet-50 with pre-activation (He et al., ECCV 2016)."""

import keras

from stages.train.backbones import Backbone, minus_one_to_one


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    return keras.applications.ResNet50V2(
        include_top=False, weights=weights, input_shape=input_shape
    )


BACKBONE = Backbone(
    features=_features,
    preprocess=minus_one_to_one,
    input_size=224,
    smallest_size=32,
    tune_from="conv4_block6_out",
)
