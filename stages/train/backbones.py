"""The registry of backbones.

Every backbone ends in a feature map; `stages.train.network` adds the classification head. The
preprocessing is the one its ImageNet weights were trained with. It takes RGB crops from 0 to 255
and becomes part of the saved model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Per-channel statistics of ImageNet's training pictures, for RGB values from 0 to 1."""


@dataclass(frozen=True)
class Backbone:
    """A network without its classification head.

    Attributes
    ----------
    application : callable
        A network of `keras.applications`, or any function that takes ``include_top`` (False),
        ``weights`` (None, ``"imagenet"`` or the path of a file) and ``input_shape`` and returns a
        `keras.Model` from preprocessed crops to a feature map, shape (n, h, w, c).
    preprocess : callable
        Maps a tensor of RGB crops (0 to 255) to the network's input, using only operations that
        Keras can save.
    input_size : int
        Side of the pictures it was trained on for ImageNet, in pixels.
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
    """Standardise each channel with ImageNet's mean and deviation, as PyTorch's models do."""
    return keras.layers.Normalization(
        mean=[255 * mean for mean in IMAGENET_MEAN],
        variance=[(255 * deviation) ** 2 for deviation in IMAGENET_DEVIATION],
    )(crops)


def minus_one_to_one(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Scale 0 to 255 to -1 to 1, as networks first trained in TensorFlow expect."""
    return keras.layers.Rescaling(1 / 127.5, offset=-1)(crops)


def around_128(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Scale 0 to 255 to -1 to just below 1, as EfficientNetV2 expects."""
    return keras.layers.Rescaling(1 / 128, offset=-1)(crops)


def bgr_minus_mean(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Convert to BGR and subtract ImageNet's mean, as networks first trained in Caffe expect."""
    return keras.layers.Normalization(mean=[103.939, 116.779, 123.68], variance=[1, 1, 1])(
        keras.ops.flip(crops, axis=-1)
    )


def as_is(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Pass the crops through, for networks that include their own preprocessing."""
    return crops


def vgg16(*, weights: str | None, **arguments: Any) -> keras.Model:
    """VGG16 that can also be trained from random weights.

    VGG16 has no batch normalisation. With Keras's Glorot initialisation the activations vanish
    with depth; they keep their scale if the input has a deviation near 1 and every layer uses the
    initialisation of He et al. (ICCV 2015) for rectified linear units.
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
    """An EfficientNet that gives the same output with weights from a file as with downloaded ones.

    Keras's weight files hold the deviation where the normalisation layer expects the variance.
    Keras corrects this with an extra layer, but only for weights that it downloads itself.
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
    # Sandler et al., CVPR 2018: the smallest, for a CPU
    "mobilenet_v2": Backbone(
        partial(keras.applications.MobileNetV2, name="mobilenet_v2"), minus_one_to_one,
        input_size=224, min_size=32, last_block="block_13_expand",
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
    # Chollet, CVPR 2017: the usual baseline of deepfake papers
    "xception": Backbone(
        keras.applications.Xception, minus_one_to_one,
        input_size=299, min_size=71, last_block="block12_sepconv1_act",
    ),
}
# fmt: on
