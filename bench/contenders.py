"""What others train: the usual Keras script, and timm's networks in PyTorch.

`bench.train` compares their speed with this project's, `bench.others` what they come to.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

CLASSES = ["real", "fake"]
APPLICATIONS = {
    "inception_resnet_v2": "InceptionResNetV2",
    "mobilenet_v2": "MobileNetV2",
    "vgg16": "VGG16",
}
"""Names of `keras.applications`, by backbone."""


@dataclass(frozen=True)
class TimmNetwork:
    """A network of timm, and what it takes to run with Keras's weights.

    Attributes
    ----------
    name : str
        Timm's name.
    mean, deviation : tuple of float
        Of each channel, for RGB values from 0 to 1, as Keras's weights expect them.
    bgr : bool
        Whether they expect blue first.
    options : dict
        For `timm.create_model`: Keras's padding and its epsilon of batch normalisation.
    """

    name: str
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    bgr: bool = False
    options: dict[str, Any] = field(default_factory=dict)


TIMM = {
    "mobilenet_v2": TimmNetwork(
        "mobilenetv2_100",
        (0.5, 0.5, 0.5),
        (0.5, 0.5, 0.5),
        options={"pad_type": "same", "bn_eps": 1e-3},
    ),
    "vgg16": TimmNetwork(
        "vgg16",
        (123.68 / 255, 116.779 / 255, 103.939 / 255),
        (1 / 255, 1 / 255, 1 / 255),
        bgr=True,
    ),
}
"""Networks of timm to which Keras's weights can be given, by backbone."""


def write_pictures(faces: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Write the crops of a split table as files; return their ``filename`` and ``class``."""
    from stages.common.crops import read_crops

    names = [str(folder / f"{number}.png") for number in range(len(faces))]
    for name, encoded in zip(names, read_crops(faces), strict=True):
        Path(name).write_bytes(encoded)
    return pd.DataFrame({"filename": names, "class": faces["label"].to_numpy()})


def usual_batches(
    pictures: pd.DataFrame, size: int, batch_size: int, *, training: bool, seed: int = 0
) -> Any:
    """Batches as most scripts make them: an ImageDataGenerator that resizes file by file.

    Parameters
    ----------
    pictures : DataFrame
        As `write_pictures` returns them.
    size, batch_size : int
        Side of a picture in pixels, pictures a batch.
    training : bool
        Whether they are shuffled and augmented.
    seed : int
        Of order and augmentation.
    """
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    augmentation = {
        "rotation_range": 10,
        "width_shift_range": 0.05,
        "height_shift_range": 0.05,
        "zoom_range": 0.1,
        "brightness_range": (0.9, 1.1),
        "horizontal_flip": True,
    }
    generator = ImageDataGenerator(rescale=1 / 255, **(augmentation if training else {}))
    return generator.flow_from_dataframe(
        pictures,
        target_size=(size, size),
        batch_size=batch_size,
        class_mode="binary",
        classes=CLASSES,
        shuffle=training,
        seed=seed,
    )


def usual_network(backbone: str, size: int, weights: str | None, optimizer: Any) -> Any:
    """The network of most scripts, compiled; it gives P(fake)."""
    import keras

    features = getattr(keras.applications, APPLICATIONS[backbone])(
        include_top=False, weights=weights, input_shape=(size, size, 3), pooling="avg"
    )
    network = keras.Sequential(
        [features, keras.layers.Dropout(0.2), keras.layers.Dense(1, activation="sigmoid")]
    )
    network.compile(optimizer, "binary_crossentropy", metrics=["accuracy", "auc"])
    return network


def timm_detector(name: str, **options: Any) -> Any:
    """A network of timm with one logit, from normalised pictures, shape (n, 3, h, w)."""
    import timm
    import torch

    class Detector(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = timm.create_model(name, num_classes=0, **options)
            if hasattr(self.features, "pre_logits"):
                self.features.pre_logits = torch.nn.Identity()  # VGG's large dense layers
            self.logit = torch.nn.Sequential(torch.nn.Dropout(0.2), torch.nn.LazyLinear(1))

        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return self.logit(self.features.forward_features(pictures).mean((2, 3)))

    network = Detector()
    with torch.no_grad():
        network.eval()(torch.zeros(1, 3, 96, 96))  # initializes the lazy last layer
    return network


def torch_arrays(network: Any, bgr: bool = False) -> list[list[np.ndarray]]:
    """Weights of a Keras network's layers in their order, as PyTorch's layers hold them.

    Parameters
    ----------
    network : keras.Model
        Of convolutions, depthwise ones too, and batch normalisation.
    bgr : bool
        Whether it expects blue first; the arrays expect red first.

    Returns
    -------
    list of list of ndarray
        Of each layer: kernel, shape (outputs, inputs, height, width), and bias if it has one; or
        scale, shift, mean and variance.
    """
    import keras

    axes = {keras.layers.Conv2D: (3, 2, 0, 1), keras.layers.DepthwiseConv2D: (2, 3, 0, 1)}
    found = []
    for layer in network.layers:
        arrays = [np.array(array) for array in layer.get_weights()]
        if type(layer) in axes:
            arrays[0] = arrays[0].transpose(axes[type(layer)])
        if arrays:
            found.append(arrays)
    if bgr:
        found[0][0] = found[0][0][:, ::-1]
    return found


def keras_arrays(backbone: str, weights: str) -> list[list[np.ndarray]]:
    """Weights of a network of `keras.applications` as PyTorch holds them; see `torch_arrays`."""
    import keras

    application = getattr(keras.applications, APPLICATIONS[backbone])
    network = application(include_top=False, weights=weights, input_shape=(96, 96, 3))
    return torch_arrays(network, TIMM[backbone].bgr)


def give_weights(features: Any, arrays: list[list[np.ndarray]]) -> None:
    """Give a PyTorch network the weights of `torch_arrays`, in the order of its layers."""
    import torch

    layers = [
        module
        for module in features.modules()
        if isinstance(module, torch.nn.Conv2d | torch.nn.BatchNorm2d)
    ]
    with torch.no_grad():
        for layer, held in zip(layers, arrays, strict=True):
            own = [layer.weight, layer.bias]
            if isinstance(layer, torch.nn.BatchNorm2d):
                own += [layer.running_mean, layer.running_var]
            own = [tensor for tensor in own if tensor is not None]
            for tensor, array in zip(own, held, strict=True):
                if tensor.shape != array.shape:
                    raise ValueError(f"{layer}: the weights have the shape {array.shape}")
                tensor.copy_(torch.from_numpy(array.copy()))
