"""Backbones by name: one file each, so that a new one makes no other train again.

Every network ends in a feature map; what it adds up to is in `stages.train.network`. The
preprocessing is the one that its ImageNet weights were trained with, for crops in RGB from 0 to
255, and becomes part of the saved model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import keras

from stages.common.errors import InputError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
"""Of RGB values from 0 to 1, over ImageNet's training pictures."""


@dataclass(frozen=True)
class Backbone:
    """One network without its classifier.

    Attributes
    ----------
    features : callable
        ``features(weights, input_shape)`` gives a `keras.Model` from preprocessed crops to a
        feature map, shape (n, h, w, c); `weights` is None, ``"imagenet"`` or a file's path.
    preprocess : callable
        From a tensor of RGB crops (0 to 255) to what the network takes; operations that Keras
        can save.
    input_size : int
        Side of the pictures that it was trained with on ImageNet, in pixels.
    smallest_size : int
        Smallest side that it accepts, in pixels.
    tune_from : str
        First layer that fine-tuning changes.
    """

    features: Callable[[str | None, tuple[int, int, int]], keras.Model]
    preprocess: Callable[[keras.KerasTensor], keras.KerasTensor]
    input_size: int
    smallest_size: int
    tune_from: str


def backbone(name: str) -> Backbone:
    """The backbone of the file `name`.py in this folder.

    Raises
    ------
    InputError
        There is no such file.
    """
    known = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    if name not in known:
        raise InputError(f"no backbone {name!r}; there are: {', '.join(known)}")
    return import_module(f"{__name__}.{name}").BACKBONE


def standardised(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Take out ImageNet's mean and deviation of each channel, as PyTorch's models have it."""
    return keras.layers.Normalization(
        mean=[255 * mean for mean in IMAGENET_MEAN],
        variance=[(255 * deviation) ** 2 for deviation in IMAGENET_DEVIATION],
    )(crops)


def minus_one_to_one(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Bring 0 to 255 to -1 to 1, as networks first trained in TensorFlow have it."""
    return keras.layers.Rescaling(1 / 127.5, offset=-1)(crops)


def bgr_minus_mean(crops: keras.KerasTensor) -> keras.KerasTensor:
    """Blue first and ImageNet's mean taken out, as networks first trained in Caffe have it."""
    return keras.layers.Normalization(mean=[103.939, 116.779, 123.68], variance=[1, 1, 1])(
        keras.ops.flip(crops, axis=-1)
    )
