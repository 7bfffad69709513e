"""VGG16 (Simonyan and Zisserman, ICLR 2015)."""

import keras

from stages.train.backbones import Backbone, bgr_minus_mean


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    if weights is not None:
        return keras.applications.VGG16(include_top=False, weights=weights, input_shape=input_shape)
    # There is no batch normalisation: from random weights the signal keeps its size only if it
    # begins with a deviation near 1 and each layer starts as He et al. (ICCV 2015) have it for
    # rectified units, while Keras's Glorot start lets it fade
    scaled = keras.layers.Rescaling(1 / 64)(keras.Input(input_shape))
    network = keras.applications.VGG16(include_top=False, weights=None, input_tensor=scaled)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))
    return network


BACKBONE = Backbone(
    features=_features,
    preprocess=bgr_minus_mean,
    input_size=224,
    smallest_size=32,
    tune_from="block4_conv1",
)
