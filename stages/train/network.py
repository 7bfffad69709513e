"""The detector: preprocessing, backbone, pooling, and one logit."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import keras

from stages.common.errors import InputError, ParamsError
from stages.train.backbones import Backbone

LOGIT, NORMALIZE, TEMPORAL = "logit", "normalize", "temporal"

_GRU_UNITS = 128


def build_network(
    backbone: Backbone,
    size: int,
    weights: str,
    dropout: float,
    normalize: str = "none",
    temporal: str = "none",
    clip_side: int = 1,
) -> keras.Model:
    """Build a network that maps face crops to a logit.

    Parameters
    ----------
    backbone : Backbone
        The feature extractor.
    size : int
        Side of a crop in pixels.
    weights : str
        ``none``, or what the backbone's `application` takes.
    dropout : float
        Share of the features that are dropped in training.
    normalize : {"none", "l2"}
        Whether the pooled features are brought to length 1.
    temporal : {"none", "gru"}
        Whether the backbone takes each frame of a clip, and a GRU (Cho et al., EMNLP 2014) their
        features in order; else it takes the clip as one picture.
    clip_side : int
        Frames along each side of a crop, as `stages.common.clips` lays them out.

    Returns
    -------
    keras.Model
        Maps crops, shape (n, size, size, 3), RGB, 0 to 255, to the logit of P(fake), shape (n, 1),
        float32; P(fake) is its sigmoid. The backbone is a nested `keras.Model`.

    Raises
    ------
    ParamsError
        The backbone does not accept such small crops, the frames of a clip do not divide them, or a
        GRU is to follow single frames.
    InputError
        The weights cannot be downloaded or read, or belong to another network.
    """
    if temporal != "none" and clip_side == 1:
        raise ParamsError(
            f"head.temporal: {temporal} is for clips: set frames.clip.frames to 4, 9 or 16"
        )
    if size % clip_side:
        raise ParamsError(
            f"input_size is {size}, but a crop shows {clip_side} x {clip_side} frames: set it to "
            f"{size - size % clip_side} or {size + clip_side - size % clip_side}"
        )
    side = size if temporal == "none" else size // clip_side
    if side < backbone.min_size:
        of_what = "" if side == size else f" for {clip_side} x {clip_side} frames"
        least = backbone.min_size * (size // side)
        raise ParamsError(f"input_size is {size}{of_what}, but this backbone takes {least} or more")
    crops = keras.Input((size, size, 3), name="crops")
    frames = crops if side == size else _frames(crops, clip_side)
    features = _with_weights(backbone, weights, (side, side, 3))(backbone.preprocess(frames))
    if len(features.shape) == 4:
        features = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    if temporal == "gru":
        clips = keras.ops.reshape(features, (-1, clip_side**2, features.shape[-1]))
        features = keras.layers.GRU(_GRU_UNITS, unroll=True, name=TEMPORAL)(clips)
    if normalize == "l2":
        features = keras.layers.UnitNormalization(dtype="float32", name=NORMALIZE)(features)
    kept = keras.layers.Dropout(dropout, name="dropout")(features)
    # Published features are large: random directions among them make logits that an epoch of the
    # head does not unlearn. From zero it starts at P(fake) = 0.5 (Dosovitskiy et al., ICLR 2021)
    start = "glorot_uniform" if weights == "none" else "zeros"
    logit = keras.layers.Dense(1, kernel_initializer=start, dtype="float32", name=LOGIT)(kept)
    return keras.Model(crops, logit)


def _frames(crops: keras.KerasTensor, side: int) -> keras.KerasTensor:
    """Take clips apart, shape (n, size, size, 3), into frames, shape (n * side * side, …, 3)."""
    part = crops.shape[1] // side
    rows = keras.ops.reshape(crops, (-1, side, part, side, part, 3))
    return keras.ops.reshape(keras.ops.swapaxes(rows, 2, 3), (-1, part, part, 3))


def features_of(network: keras.Model) -> keras.Model:
    """The backbone inside a network."""
    (features,) = (layer for layer in network.layers if isinstance(layer, keras.Model))
    return features


def ordered_layers(network: keras.Model) -> list[keras.Layer]:
    """All layers of the backbone, also those inside others, in the order in which data flow.

    A network that takes features, and has no backbone, has none.
    """

    def inside(layer: keras.Layer) -> Iterator[keras.Layer]:
        for part in layer._layers:
            yield part
            yield from inside(part)

    backbones = [layer for layer in network.layers if isinstance(layer, keras.Model)]
    return [layer for backbone in backbones for layer in inside(backbone)]


def freeze(network: keras.Model) -> None:
    """Freeze the backbone; its batch normalisation then runs in inference mode."""
    for layer in ordered_layers(network):
        layer.trainable = False


def unfreeze(
    network: keras.Model, first: str | None, trainable: str = "all", lora_rank: int = 1
) -> None:
    """Unfreeze the backbone, or a part of it.

    Parameters
    ----------
    network : keras.Model
        As `build_network` returns it.
    first : str or None
        Name of the first layer that is unfrozen; None: all are.
    trainable : {"all", "layer_norm", "lora", "none"}
        All weights of these layers; the scales and shifts of their layer normalisations; low-rank
        additions to the kernels of their dense layers (Hu et al., ICLR 2022); or nothing.
    lora_rank : int
        Rank of those additions.

    Raises
    ------
    InputError
        The backbone has no such layer.
    ParamsError
        None of these layers has such weights.
    """
    freeze(network)
    if trainable == "none":
        return
    layers = ordered_layers(network)
    names = [layer.name for layer in layers]
    if first is not None and first not in names:
        raise InputError(f"{features_of(network).name} has no layer {first!r}")
    tuned = layers[0 if first is None else names.index(first) :]
    if trainable == "all":
        for layer in tuned:
            layer.trainable = True
        return
    kinds = {
        "layer_norm": keras.layers.LayerNormalization,
        "lora": (keras.layers.Dense, keras.layers.EinsumDense),
    }
    chosen = [layer for layer in tuned if isinstance(layer, kinds[trainable])]
    if not chosen:
        raise ParamsError(
            f"tune.trainable: {trainable} is for transformers: {features_of(network).name} has no "
            f"{'layer normalisation' if trainable == 'layer_norm' else 'dense layer'} to tune"
        )
    for layer in chosen:
        if trainable == "layer_norm":
            layer.trainable = True
            continue
        if not layer.lora_enabled:
            layer.enable_lora(lora_rank)
        for variable in (layer.lora_kernel_a, layer.lora_kernel_b):
            variable.trainable = True


def all_layers(network: keras.Model) -> list[keras.Layer]:
    """All layers of a network, including those of nested models."""
    return network._flatten_layers(include_self=False)


def batch_normalisations(network: keras.Model) -> list[keras.layers.BatchNormalization]:
    """All batch normalisation layers, including those inside the backbone."""
    return [
        layer for layer in all_layers(network) if isinstance(layer, keras.layers.BatchNormalization)
    ]


def weights_digest(weights: str) -> str:
    """Digest of what `weights` names: the content of a file or folder, or else the name."""
    path = Path(weights)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        if file.is_file():
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
        else:
            digest.update(file.name.encode())
    return digest.hexdigest()


def _with_weights(
    backbone: Backbone, weights: str, input_shape: tuple[int, int, int]
) -> keras.Model:
    without_top = partial(backbone.application, include_top=False, input_shape=input_shape)
    if weights == "none":
        return without_top(weights=None)
    try:
        return without_top(weights=weights)
    except Exception as error:  # Keras raises a bare Exception if a download fails
        if Path(weights).exists():
            raise InputError(f"weights {weights} cannot be used: {error}") from error
        raise InputError(
            f"the weights {weights} cannot be loaded: {error}. Without internet access, download "
            "them elsewhere and give their path as `weights`; Keras also looks for a file of "
            "ImageNet weights in ~/.keras/models/"
        ) from error
