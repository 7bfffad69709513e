"""InceptionResNetV2 (Szegedy et al., AAAI 2017)."""

import keras

from stages.train.backbones import Backbone, minus_one_to_one


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    return keras.applications.InceptionResNetV2(
        include_top=False, weights=weights, input_shape=input_shape
    )


BACKBONE = Backbone(
    features=_features,
    preprocess=minus_one_to_one,
    input_size=299,
    smallest_size=75,
    tune_from="block17_20_ac",
)
