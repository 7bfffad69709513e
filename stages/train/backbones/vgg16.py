"""VGG16 (Simonyan and Zisserman, ICLR 2015)."""

import keras

from stages.train.backbones import Backbone, bgr_minus_mean


def _features(weights: str | None, input_shape: tuple[int, int, int]) -> keras.Model:
    network = keras.applications.VGG16(
        include_top=False, weights=weights, input_shape=input_shape
    )
    if weights is None:
        # Without batch normalisation, Keras's Glorot start lets the signal fade over 13 layers of
        # rectified units (He et al., ICCV 2015)
        draw = keras.initializers.HeNormal()
        for layer in network.layers:
            if isinstance(layer, keras.layers.Conv2D):
                layer.kernel.assign(draw.clone()(layer.kernel.shape))
    return network


BACKBONE = Backbone(
    features=_features,
    preprocess=bgr_minus_mean,
    input_size=224,
    smallest_size=32,
    tune_from="block4_conv1",
)
