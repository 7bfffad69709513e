"""Features of a frozen backbone, computed once for all heads, seeds and recipes.

Where neither the backbone nor the crops change in training, each crop has the same features in
every epoch. They are kept in ``.work/features``, a file an item, and only what is new is computed.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from stages.common.archive import read_record
from stages.common.files import whole_file
from stages.common.progress import progress
from stages.common.tables.faces import FACES_ROOT
from stages.train.batches import TrainBatches, ValBatches
from stages.train.faces import Faces
from stages.train.fitting import Run
from stages.train.network import NORMALIZE, TEMPORAL

FEATURES = Path(".work/features")

_BATCH_SIZE = 64
_AT_ONCE = 1024
"""Crops that are read before they go through the backbone, in files that are written after it."""


class _FeatureBatches(TrainBatches):
    """Batches of features instead of crops."""

    def _shown(self, rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
        return self._faces.crops(rows)

    def _training_crop(self, crop: np.ndarray, position: int) -> np.ndarray:
        return crop


def on_features(run: Run, faces: Mapping[str, Faces], digest: str, workers: int) -> Run:
    """A training of the head alone that gives the same network as `run`, on stored features.

    Parameters
    ----------
    run : Run
        A training with a frozen backbone and crops without augmentation.
    faces : mapping of str to Faces
        Those of ``train`` and ``val``.
    digest : str
        Of everything that features depend on but the crops: backbone, weights, versions, code.
    workers : int
        Threads of Keras's loader.

    Returns
    -------
    Run
        Its network shares the head of that of `run`, and so trains it.
    """
    network = run.network
    names = [layer.name for layer in network.layers]
    temporal = TEMPORAL in names
    # What has no weights is computed once, too
    normalize = None if temporal or NORMALIZE not in names else network.get_layer(NORMALIZE)
    head = names.index(TEMPORAL if temporal else "dropout")
    backbone = keras.Model(network.input, (normalize or network.layers[head]).input)
    inputs = outputs = keras.Input(backbone.output_shape[1:], name="features")
    for layer in network.layers[head:]:
        outputs = layer(outputs)
    of_split = {}
    for split, crops in faces.items():
        features = stored_features(backbone, crops, digest)
        if normalize:
            features = keras.ops.convert_to_numpy(normalize(features))
        of_split[split] = Faces(crops.table, crops.size, features)
    loading: dict[str, Any] = {"process_group": run.process_group, "workers": workers}
    return replace(
        run,
        network=keras.Model(inputs, outputs),
        batches=_FeatureBatches(of_split["train"], run.params, **loading),
        val=ValBatches(of_split["val"], run.params, **loading),
    )


def stored_features(backbone: keras.Model, faces: Faces, digest: str) -> np.ndarray:
    """Features of all faces, float32 of shape (n, d), or (n, frames, d), in the table's order.

    Parameters
    ----------
    backbone : keras.Model
        From crops to features.
    faces : Faces
        The crops.
    digest : str
        See `on_features`.
    """
    folder = FEATURES / digest[:16]
    found = np.empty((len(faces.table), *backbone.output_shape[1:]), np.float32)
    missing = []
    for archive, rows in faces.table.groupby("archive"):
        stored = _read(folder / f"{archive}.npz", rows)
        if stored is None:
            missing.append(rows)
        else:
            found[rows.index] = stored
    with progress("features", sum(map(len, missing))) as bar:
        for chunk in _chunks(missing):
            rows = pd.concat(chunk)
            crops = faces.crops(rows.index.to_numpy())
            found[rows.index] = backbone.predict(crops, batch_size=_BATCH_SIZE, verbose=0)
            for one in chunk:
                _write(folder / f"{one['archive'].iloc[0]}.npz", one, found[one.index])
            bar.update(len(rows))
    return found


def _write(path: Path, rows: pd.DataFrame, features: np.ndarray) -> None:
    """Store the features of an item's crops, with the digest of the archive they are in."""
    with whole_file(path) as part, part.open("wb") as file:
        crops = rows["crop"].to_numpy(str)
        np.savez(file, features=features, crops=crops, archive=_digest_of(rows))


def _read(path: Path, rows: pd.DataFrame) -> np.ndarray | None:
    """Stored features of an item's crops; None if there are none of one of them as it is now."""
    if not path.is_file():
        return None
    with path.open("rb") as file, np.load(file) as stored:
        found = pd.Index(stored["crops"]).get_indexer(rows["crop"])
        if str(stored["archive"]) != _digest_of(rows) or (found < 0).any():
            return None
        return stored["features"][found]


def _digest_of(rows: pd.DataFrame) -> str:
    return read_record(FACES_ROOT / rows["archive"].iloc[0]).digest


def _chunks(items: list[pd.DataFrame]) -> list[list[pd.DataFrame]]:
    """Divide items into parts of about `_AT_ONCE` faces."""
    numbers = np.cumsum([len(rows) for rows in items]) // _AT_ONCE
    return [
        [items[index] for index in np.flatnonzero(numbers == number)]
        for number in np.unique(numbers)
    ]
