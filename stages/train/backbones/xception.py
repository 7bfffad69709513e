"""Xception (Chollet, CVPR 2017), the field's usual reference."""

import keras

from stages.train.backbones import Backbone, minus_one_to_one


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    return keras.applications.Xception(include_top=False, weights=weights, input_shape=input_shape)


BACKBONE = Backbone(
    features=_features,
    preprocess=minus_one_to_one,
    input_size=299,
    smallest_size=71,
    tune_from="block12_sepconv1_act",
)
