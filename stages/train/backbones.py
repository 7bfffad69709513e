"""The registry of backbones.

A convolutional backbone ends in a feature map, an encoder in the class token of its transformer;
`stages.train.network` adds the classification head. The preprocessing is the one that the published
weights were trained with. It takes RGB crops from 0 to 255 and becomes part of the saved model.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Per-channel statistics of ImageNet's training pictures, for RGB values from 0 to 1."""

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_DEVIATION = (0.26862954, 0.26130258, 0.27577711)
"""The same of CLIP's training pictures (Radford et al., ICML 2021; openai/CLIP)."""


@dataclass(frozen=True)
class Backbone:
    """A network without its classification head.

    Attributes
    ----------
    application : callable
        A network of `keras.applications`, or any function that takes ``include_top`` (False),
        ``weights`` (None, or published ones by name or path) and ``input_shape`` and returns a
        `keras.Model` from preprocessed crops to a feature map, shape (n, h, w, c), or to one
        feature vector, shape (n, c). The model is called like the backbone; upper case and
        punctuation do not count.
    preprocess : callable
        Maps a tensor of RGB crops (0 to 255) to the network's input, using only operations that
        Keras can save.
    input_size : int
        Side of the pictures that its published weights take, in pixels.
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


def standardised(
    crops: keras.KerasTensor,
    mean: tuple[float, ...] = IMAGENET_MEAN,
    deviation: tuple[float, ...] = IMAGENET_DEVIATION,
) -> keras.KerasTensor:
    """Standardise each channel, as PyTorch's models do."""
    return keras.layers.Normalization(
        mean=[255 * value for value in mean],
        variance=[(255 * value) ** 2 for value in deviation],
    )(crops)


clip_standardised = partial(standardised, mean=CLIP_MEAN, deviation=CLIP_DEVIATION)


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


def encoder(
    kind: str,
    *,
    include_top: bool,
    weights: str | None,
    input_shape: tuple[int, int, int],
    name: str,
    **architecture: Any,
) -> keras.Model:
    """Build a vision transformer of keras-hub, from preprocessed crops to its class token.

    Parameters
    ----------
    kind : str
        A class of `keras_hub.models`, such as ``DINOV2Backbone`` or ``CLIPVisionEncoder``.
    include_top : bool
        Ignored, as encoders have no classification head.
    weights : str or None
        None for random ones; a preset of keras-hub, which is downloaded once; a folder in
        keras-hub's form, or in that of Hugging Face where keras-hub reads it; or a file written by
        `keras.Model.save_weights` of `kind`.
    input_shape : tuple of int
        Height, width, 3.
    name : str
        Name of the model.
    **architecture
        Arguments of `kind`: its depth, width and patches.

    Returns
    -------
    keras.Model
        Its output is the first token after the last normalisation, shape (n, width).

    Raises
    ------
    ValueError
        `weights` are not known, or those of an encoder of another depth or width.
    """
    import keras_hub  # takes a second, and only encoders need it

    if kind == "DINOV2Backbone":  # else it would store positions of another size, and round them
        architecture["position_embedding_shape"] = input_shape[:2]
    network = getattr(keras_hub.models, kind)(**architecture, image_shape=input_shape)
    if weights is not None and Path(weights).is_file():
        network.load_weights(weights)
    elif weights is not None:
        if kind == "CLIPVisionEncoder":  # published with its text encoder, at one size
            published = keras_hub.models.CLIPBackbone.from_preset(weights).vision_encoder
        else:
            published = type(network).from_preset(weights, image_shape=input_shape)
        give_weights(network, published)
    crops = keras.Input(input_shape)
    (input_name,) = network.input
    return keras.Model(crops, network({input_name: crops})[:, 0], name=name)


def give_weights(network: keras.Model, published: keras.Model) -> None:
    """Copy the weights of an encoder of keras-hub to one without a token for masked patches.

    Raises
    ------
    ValueError
        They differ in depth or width.
    """
    # Of the positions, those for pictures of another size are not used
    given, wanted = (
        [one for one in model.weights if one.name not in ("mask_token", "position_embeddings")]
        for model in (published, network)
    )
    for one, other in itertools.zip_longest(given, wanted):
        if one is None or other is None or (one.name, one.shape) != (other.name, other.shape):
            found, expected = (
                "nothing" if variable is None else f"{variable.name} of shape {variable.shape}"
                for variable in (one, other)
            )
            raise ValueError(f"it is another encoder: it has {found}, expected {expected}")
        other.assign(one)


# fmt: off
BACKBONES: dict[str, Backbone] = {
    # Liu et al., CVPR 2022
    "convnext_tiny": Backbone(
        partial(keras.applications.ConvNeXtTiny, include_preprocessing=False), standardised,
        input_size=224, min_size=32, last_block="convnext_tiny_downsampling_block_2",
    ),
    # Radford et al., ICML 2021
    "clip_vit_b16": Backbone(
        partial(encoder, "CLIPVisionEncoder", name="clip_vit_b16", patch_size=16,
                num_layers=12, hidden_dim=768, num_heads=12, intermediate_dim=3072),
        clip_standardised, input_size=224, min_size=32, last_block="encoder_block_11",
    ),
    # Radford et al., ICML 2021
    "clip_vit_l14": Backbone(
        partial(encoder, "CLIPVisionEncoder", name="clip_vit_l14", patch_size=14,
                num_layers=24, hidden_dim=1024, num_heads=16, intermediate_dim=4096),
        clip_standardised, input_size=224, min_size=28, last_block="encoder_block_23",
    ),
    # Huang et al., CVPR 2017
    "densenet121": Backbone(
        keras.applications.DenseNet121, standardised,
        input_size=224, min_size=32, last_block="pool4_bn",
    ),
    # Oquab et al., TMLR 2024
    "dinov2_vit_b14": Backbone(
        partial(encoder, "DINOV2Backbone", name="dinov2_vit_b14", patch_size=14,
                num_layers=12, hidden_dim=768, num_heads=12, intermediate_dim=3072,
                use_mask_token=False),
        standardised, input_size=224, min_size=28, last_block="layers_11",
    ),
    # Oquab et al., TMLR 2024
    "dinov2_vit_s14": Backbone(
        partial(encoder, "DINOV2Backbone", name="dinov2_vit_s14", patch_size=14,
                num_layers=12, hidden_dim=384, num_heads=6, intermediate_dim=1536,
                use_mask_token=False),
        standardised, input_size=224, min_size=28, last_block="layers_11",
    ),
    # Siméoni et al., arXiv 2508.10104
    "dinov3_vit_b16": Backbone(
        partial(encoder, "DINOV3Backbone", name="dinov3_vit_b16", patch_size=16,
                num_layers=12, hidden_dim=768, num_heads=12, intermediate_dim=3072,
                use_key_bias=False, use_mask_token=False),
        standardised, input_size=224, min_size=32, last_block="layers_11",
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
