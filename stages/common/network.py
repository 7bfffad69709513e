"""A trained network as a function from crops to logits."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from stages.common.crops import decode_crop, read_crops
from stages.common.errors import InputError
from stages.common.progress import progress
from stages.common.tables.faces import FACES_ROOT


def load_network(path: Path) -> keras.Model:
    """Load a network that takes RGB crops and gives the logit of P(fake).

    Raises
    ------
    InputError
        The file is missing, damaged, asks for code of its own, or has another form.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: run `dvc repro`, or `dvc pull` it")
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise InputError(f"{path} cannot be loaded as a Keras model: {error}") from error
    height, width, channels = network.input_shape[1:]
    if height != width or channels != 3 or network.output_shape != (None, 1):
        raise InputError(
            f"{path} takes {network.input_shape} and gives {network.output_shape}; "
            "expected square RGB crops (None, s, s, 3) and one logit (None, 1)"
        )
    return network


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
    size = network.input_shape[1]
    logits = np.empty(len(faces))
    with (
        ThreadPoolExecutor(decoders) as pool,
        progress("faces", len(faces)) as bar,
    ):
        for first in range(0, len(faces), batch_size):
            rows = faces.iloc[first : first + batch_size]
            named = zip(read_crops(rows, root), rows["archive"], rows["crop"], strict=True)
            crops = np.stack(list(pool.map(partial(_decode, size=size), named)))
            logits[first : first + len(rows)] = run_network(network, crops, batch_size)
            bar.update(len(rows))
    if not np.isfinite(logits).all():
        raise InputError(
            f"the model {network.name} gives {np.count_nonzero(~np.isfinite(logits))} logits "
            "that are no numbers: its training diverged; train it again"
        )
    return logits


def _decode(named: tuple[bytes, str, str], size: int) -> np.ndarray:
    encoded, archive, crop = named
    try:
        return decode_crop(encoded, size).astype(np.float32)
    except ValueError as error:
        raise InputError(f"crop {crop} of {archive}: {error}") from None


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
