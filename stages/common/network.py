"""Apply a trained network to crops."""

import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import keras
import numpy as np
import pandas as pd

from stages.common.crops import decode_crop, map_crops
from stages.common.errors import InputError
from stages.common.model_paths import backbone_and_seed
from stages.common.progress import progress
from stages.common.tables.faces import FACES_ROOT

T = TypeVar("T")


def load_network(path: Path) -> keras.Model:
    """Load a network that maps RGB crops to the logit of P(fake).

    Raises
    ------
    InputError
        The file is missing or damaged, needs custom code, has the wrong input or output shape, or
        contains another backbone than its folder is named after.
    """
    if not path.is_file():
        backbone, seed = backbone_and_seed(path.parent.name)
        stages = (
            f"train_seed@{backbone}-{seed} evaluate_seed@{backbone}-{seed}"
            if seed
            else f"train@{backbone} evaluate@{backbone}"
        )
        raise InputError(f"{path} is missing: run `dvc repro`, or `dvc pull {stages}`")
    try:
        with zipfile.ZipFile(path) as file:
            if b"keras_hub" in file.read("config.json"):
                import keras_hub  # noqa: F401  # takes a second, and registers the encoders' layers
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a damaged file may raise any error of zipfile, h5py or Keras
        raise InputError(f"{path} cannot be loaded as a Keras model: {error}") from error
    if not _is_crop_classifier(network):
        raise InputError(
            f"{path} takes {network.input_shape} and gives {network.output_shape}; "
            "expected square RGB crops (None, s, s, 3) and one logit (None, 1)"
        )
    for layer in network.layers:
        if isinstance(layer, keras.Model) and _alphanumeric(layer.name) != _alphanumeric(
            backbone_and_seed(path.parent.name)[0]
        ):
            raise InputError(
                f"{path} holds the network {layer.name!r}: it belongs to another backbone; "
                "`dvc checkout` it, or run `dvc repro`"
            )
    return network


def _is_crop_classifier(network: keras.Model) -> bool:
    """Return whether a network maps square RGB crops of a fixed size to one number."""
    shape = network.input_shape
    square = len(shape) == 4 and None not in shape[1:] and shape[1] == shape[2] and shape[3] == 3
    return square and network.output_shape == (None, 1)


def _alphanumeric(name: str) -> str:
    """Reduce a name to letters and digits, to match efficientnetv2-s with efficientnetv2_s."""
    return "".join(character for character in name.lower() if character.isalnum())


def score_faces(
    network: keras.Model,
    faces: pd.DataFrame,
    batch_size: int,
    decoders: int,
    root: Path = FACES_ROOT,
) -> np.ndarray:
    """Compute the logits of faces.

    Parameters
    ----------
    network : keras.Model
        As returned by `load_network`.
    faces : DataFrame
        Rows with ``archive`` and ``crop``.
    batch_size : int
        Crops per batch; at most two are in memory: one is decoded while the network is applied to
        the other.
    decoders : int
        Number of threads that decode crops; it does not affect the result.
    root : Path
        Folder that ``archive`` is relative to.

    Returns
    -------
    ndarray of float64, shape (n,)
        Log odds of fake in the order of the rows.

    Raises
    ------
    InputError
        A crop cannot be read, or a logit is not finite.
    """
    decode = partial(decode_crop, size=network.input_shape[1])
    with ThreadPoolExecutor(decoders) as pool, progress("faces", len(faces)) as bar:

        def batches() -> Iterator[list[np.ndarray]]:
            for first in range(0, len(faces), batch_size):
                rows = faces.iloc[first : first + batch_size]
                yield map_crops(decode, rows, pool.map, root)
                bar.update(len(rows))

        crops = chain.from_iterable(_one_ahead(batches()))
        return score_crops(network, crops, batch_size)


def _one_ahead(batches: Iterator[T]) -> Iterator[T]:
    """Yield from `batches`, making the next one in a thread while the caller uses the last."""
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = reader.submit(next, batches, None)
            yield batch


def score_crops(network: keras.Model, crops: Iterable[np.ndarray], batch_size: int) -> np.ndarray:
    """Compute the logits of crops, float64 of shape (n,).

    Parameters
    ----------
    network : keras.Model
        As returned by `load_network`.
    crops : iterable of ndarray, shape (s, s, 3)
        RGB, 0 to 255; consumed one batch at a time.
    batch_size : int
        Crops per batch.

    Raises
    ------
    InputError
        A logit is not finite.
    """
    remaining, logits = iter(crops), [np.empty(0)]
    while batch := list(islice(remaining, batch_size)):
        logits.append(run_network(network, np.stack(batch, dtype=np.float32), batch_size))
    found = np.concatenate(logits)
    if not np.isfinite(found).all():
        raise InputError(
            f"{np.count_nonzero(~np.isfinite(found))} logits of the model {network.name} are not "
            "finite: its training diverged; train it again"
        )
    return found


def run_network(network: keras.Model, crops: np.ndarray, batch_size: int) -> np.ndarray:
    """Compute the logits of at most `batch_size` crops, float64 of shape (n,).

    A short batch is padded, because Keras would build another graph for another shape.

    Parameters
    ----------
    network : keras.Model
        As returned by `load_network`.
    crops : ndarray of float32, shape (n, s, s, 3)
        RGB, 0 to 255.
    batch_size : int
        Size of every batch after padding.
    """
    missing = batch_size - len(crops)
    filled = np.pad(crops, [(0, missing), (0, 0), (0, 0), (0, 0)])
    return np.asarray(network.predict_on_batch(filled), np.float64)[: len(crops), 0]
