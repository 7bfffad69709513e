"""Apply a trained network to crops."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from stages.common.crops import decode_crop, map_crops
from stages.common.errors import InputError
from stages.common.progress import progress
from stages.common.tables.faces import FACES_ROOT


def load_network(path: Path) -> keras.Model:
    """Load a network that takes RGB crops and gives the logit of P(fake).

    Raises
    ------
    InputError
        The file is missing, damaged, asks for code of its own, has another form, or holds another
        backbone than its folder is called by.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: run `dvc repro`, or `dvc pull` it")
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a damaged file raises whatever zipfile, h5py and Keras can raise
        raise InputError(f"{path} cannot be loaded as a Keras model: {error}") from error
    if not _is_detector(network):
        raise InputError(
            f"{path} takes {network.input_shape} and gives {network.output_shape}; "
            "expected square RGB crops (None, s, s, 3) and one logit (None, 1)"
        )
    for layer in network.layers:
        if isinstance(layer, keras.Model) and _plain(layer.name) != _plain(path.parent.name):
            raise InputError(
                f"{path} holds the network {layer.name!r}: it belongs to another backbone; "
                "`dvc checkout` it, or run `dvc repro`"
            )
    return network


def _is_detector(network: keras.Model) -> bool:
    """Whether it takes square RGB crops of one size, and gives one number."""
    shape = network.input_shape
    square = len(shape) == 4 and None not in shape[1:] and shape[1] == shape[2] and shape[3] == 3
    return square and network.output_shape == (None, 1)


def _plain(name: str) -> str:
    """A network's name as Keras and as our files write it: efficientnetv2-s, efficientnetv2_s."""
    return "".join(character for character in name.lower() if character.isalnum())


def score_faces(
    network: keras.Model,
    faces: pd.DataFrame,
    batch_size: int,
    decoders: int,
    root: Path = FACES_ROOT,
) -> np.ndarray:
    """Logits of faces.

    Parameters
    ----------
    network : keras.Model
        As `load_network` gives it.
    faces : DataFrame
        Rows with ``archive`` and ``crop``.
    batch_size : int
        Crops at once; no more than one batch of crops is in memory.
    decoders : int
        Threads that decode crops; they change no value.
    root : Path
        Folder that ``archive`` is relative to.

    Returns
    -------
    ndarray of float64, shape (n,)
        Log odds of fake in the order of the rows.

    Raises
    ------
    InputError
        A crop cannot be read, or the network gives something that is no number.
    """
    decode = partial(decode_crop, size=network.input_shape[1])
    with ThreadPoolExecutor(decoders) as pool, progress("faces", len(faces)) as bar:

        def crops() -> Iterator[np.ndarray]:
            for first in range(0, len(faces), batch_size):
                rows = faces.iloc[first : first + batch_size]
                yield from map_crops(decode, rows, pool.map, root)
                bar.update(len(rows))

        return score_crops(network, crops(), batch_size)


def score_crops(network: keras.Model, crops: Iterable[np.ndarray], batch_size: int) -> np.ndarray:
    """Logits of crops, float64 of shape (n,).

    Parameters
    ----------
    network : keras.Model
        As `load_network` gives it.
    crops : iterable of ndarray, shape (s, s, 3)
        RGB, 0 to 255; no more than one batch is taken at once.
    batch_size : int
        Crops that go through the network at once.

    Raises
    ------
    InputError
        The network gives something that is no number.
    """
    remaining, logits = iter(crops), [np.empty(0)]
    while batch := list(islice(remaining, batch_size)):
        logits.append(run_network(network, np.stack(batch, dtype=np.float32), batch_size))
    found = np.concatenate(logits)
    if not np.isfinite(found).all():
        raise InputError(
            f"the model {network.name} gives {np.count_nonzero(~np.isfinite(found))} logits "
            "that are no numbers: its training diverged; train it again"
        )
    return found


def run_network(network: keras.Model, crops: np.ndarray, batch_size: int) -> np.ndarray:
    """Logits of at most `batch_size` crops, float64 of shape (n,).

    A short batch is filled up: another shape would make Keras build another graph.

    Parameters
    ----------
    network : keras.Model
        As `load_network` gives it.
    crops : ndarray of float32, shape (n, s, s, 3)
        RGB, 0 to 255.
    batch_size : int
        The one size of a batch.
    """
    missing = batch_size - len(crops)
    filled = np.pad(crops, [(0, missing), (0, 0), (0, 0), (0, 0)])
    return np.asarray(network.predict_on_batch(filled), np.float64)[: len(crops), 0]
