"""Backbones by name, a row each.

Every network ends in a feature map; what it adds up to is in `stages.train.network`. The
preprocessing is the one that its ImageNet weights were trained with, for crops in RGB from 0 to
255, and becomes part of the saved model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Of RGB values from 0 to 1, over ImageNet's training pictures."""


@dataclass(frozen=True)
class Backbone:
    """One network without its classifier.

    Attributes
    ----------
    application : callable
        A network of `keras.applications`, or any function of ``include_top`` (False), ``weights``
        (None, ``"imagenet"`` or a file's path) and ``input_shape``: a `keras.Model` from
        preprocessed crops to a feature map, shape (n, h, w, c).
    preprocess : callable
        From a tensor of RGB crops (0 to 255) to what the network takes; operations that Keras
        can save.
    input_size : int
        Side of the pictures that it was trained with on ImageNet, in pixels.
    min_size : int
        Smallest side that it accepts, in pixels.
    last_block : str
        First layer of the last block, which alone is fine-tuned with ``tune.from: last_block``.
    """

    application: Callable[..., keras.Model]
    preprocess: Callable[[keras.KerasTensor], keras.KerasTensor]
    input_size: int
    min_size: int
    last_block: str


def standardised(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Take out ImageNet's mean and deviation of each channel, as PyTorch's models have it."""
    return keras.layers.Normalization(
        mean=[255 * mean for mean in IMAGENET_MEAN],
        variance=[(255 * deviation) ** 2 for deviation in IMAGENET_DEVIATION],
    )(crops)


def minus_one_to_one(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Bring 0 to 255 to -1 to 1, as networks first trained in TensorFlow have it."""
    return keras.layers.Rescaling(1 / 127.5, offset=-1)(crops)


def around_128(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Bring 0 to 255 to -1 to nearly 1, as EfficientNetV2 has it."""
    return keras.layers.Rescaling(1 / 128, offset=-1)(crops)


def bgr_minus_mean(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Blue first and ImageNet's mean taken out, as networks first trained in Caffe have it."""
    return keras.layers.Normalization(mean=[103.939, 116.779, 123.68], variance=[1, 1, 1])(
        keras.ops.flip(crops, axis=-1)
    )


def as_is(crops: keras.KerasTensor) -> keras.KerasTensor:
    """The network itself begins with its preprocessing."""
    return crops


def vgg16(*, weights: str | None, **arguments: Any) -> keras.Model:
    """VGG16 that learns from random weights as well.

    There is no batch normalisation: from random weights the signal keeps its size only if it begins
    with a deviation near 1 and each layer starts as He et al. (ICCV 2015) have it for rectified
    units, while Keras's Glorot start lets it fade.
    """
    if weights is not None:
        return keras.applications.VGG16(weights=weights, **arguments)
    scaled = keras.layers.Rescaling(1 / 64)(keras.Input(arguments.pop("input_shape")))
    network = keras.applications.VGG16(weights=None, input_tensor=scaled, **arguments)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))
    return network


def efficientnet(
    application: Callable[..., keras.Model], *, weights: str | None, **arguments: Any
) -> keras.Model:
    """An EfficientNet that computes the same from a file of weights as from Keras's download.

    Keras's weights hold the deviation where its layer wants the variance. Keras makes up for that
    by one more layer, but only for weights that it downloads itself.
    """
    network = application(weights=weights, **arguments)
    if weights not in (None, "imagenet"):
        (normalise,) = (
            layer for layer in network.layers if isinstance(layer, keras.layers.Normalization)
        )
        normalise.adapt_variance.assign(normalise.adapt_variance * IMAGENET_DEVIATION)
        normalise.finalize_state()
    return network


# fmt: off
BACKBONES: dict[str, Backbone] = {
    # Liu et al., CVPR 2022
    "convnext_tiny": Backbone(
        partial(keras.applications.ConvNeXtTiny, include_preprocessing=False), standardised,
        input_size=224, min_size=32, last_block="convnext_tiny_downsampling_block_2",
    ),
    # Huang et al., CVPR 2017
    "densenet121": Backbone(
        keras.applications.DenseNet121, standardised,
        input_size=224, min_size=32, last_block="pool4_bn",
    ),
    # Tan and Le, ICML 2019
    "efficientnet_b0": Backbone(
        partial(efficientnet, keras.applications.EfficientNetB0), as_is,
        input_size=224, min_size=32, last_block="block6a_expand_conv",
    ),
    # Tan and Le, ICML 2019
    "efficientnet_b4": Backbone(
        partial(efficientnet, keras.applications.EfficientNetB4), as_is,
        input_size=380, min_size=32, last_block="block6a_expand_conv",
    ),
    # Tan and Le, ICML 2021
    "efficientnetv2_s": Backbone(
        partial(keras.applications.EfficientNetV2S, include_preprocessing=False), around_128,
        input_size=384, min_size=32, last_block="block6a_expand_conv",
    ),
    # Szegedy et al., AAAI 2017
    "inception_resnet_v2": Backbone(
        keras.applications.InceptionResNetV2, minus_one_to_one,
        input_size=299, min_size=75, last_block="block17_20_ac",
    ),
    # He et al., CVPR 2016
    "resnet50": Backbone(
        keras.applications.ResNet50, bgr_minus_mean,
        input_size=224, min_size=32, last_block="conv4_block6_out",
    ),
    # He et al., ECCV 2016: pre-activation
    "resnet50v2": Backbone(
        keras.applications.ResNet50V2, minus_one_to_one,
        input_size=224, min_size=32, last_block="conv4_block6_out",
    ),
    # Simonyan and Zisserman, ICLR 2015
    "vgg16": Backbone(
        vgg16, bgr_minus_mean,
        input_size=224, min_size=32, last_block="block4_conv1",
    ),
    # Chollet, CVPR 2017: the field's usual reference
    "xception": Backbone(
        keras.applications.Xception, minus_one_to_one,
        input_size=299, min_size=71, last_block="block12_sepconv1_act",
    ),
}
# fmt: on
