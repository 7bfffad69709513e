"""The labelled faces of a split, decoded once if memory allows, otherwise on request."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
import psutil

from stages.common.crops import decode_crop, map_crops
from stages.common.progress import progress
from stages.common.table import KEY

_SHARE_OF_MEMORY = 0.25
"""Of the memory that is free when a training starts, for the decoded crops of one split."""

_BATCH_OF_CROPS = 4096


@dataclass(frozen=True)
class Faces:
    """Faces of a split, with what sampling needs to know of them.

    Attributes
    ----------
    table : DataFrame
        Rows as in `stages.common.tables.splits`.
    size : int
        Side of a crop in pixels.
    decoded : ndarray of uint8, shape (n, size, size, 3), or None
        RGB, 0 to 255; None where the faces together are too large for the memory.
    """

    table: pd.DataFrame
    size: int
    decoded: np.ndarray | None = field(repr=False)

    @property
    def labels(self) -> np.ndarray:
        """1 for fake, 0 for real: float32, shape (n,)."""
        return (self.table["label"] == "fake").to_numpy(np.float32)

    def run(self, row: int, length: int) -> tuple[np.ndarray, int]:
        """A face and its neighbours in time, of the same person.

        Returns
        -------
        rows : ndarray of int, shape (length,)
            In order of time; where a track is shorter, its last face is repeated.
        place : int
            Where among them `row` is: in the middle, or near an end of its track.
        """
        start, end = self._tracks.bounds[self._tracks.number[row]]
        at = self._tracks.place[row]
        first = max(start, min(at - length // 2, end - length))
        places = np.minimum(np.arange(first, first + length), end - 1)
        return self._tracks.order[places], at - first

    @cached_property
    def _tracks(self) -> "_Tracks":
        return _Tracks.of(self.table)

    def crops(self, rows: np.ndarray) -> np.ndarray:
        """Crops of `rows`: uint8, shape (len(rows), size, size, 3), RGB, 0 to 255."""
        if self.decoded is not None:
            return self.decoded[rows]
        return _decode(self.table.iloc[rows], self.size)


@dataclass(frozen=True)
class _Tracks:
    """The rows of a table, track by track in order of time.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        Rows, sorted.
    place : ndarray of int, shape (n,)
        Where in `order` each row is.
    number : ndarray of int, shape (n,)
        Of each row's track.
    bounds : ndarray of int, shape (tracks, 2)
        Where in `order` each track starts and ends.
    """

    order: np.ndarray
    place: np.ndarray
    number: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, table: pd.DataFrame) -> "_Tracks":
        number = table.groupby([*KEY, "track"]).ngroup().to_numpy()
        order = np.lexsort([table["frame"], number])
        ends = np.cumsum(np.bincount(number))
        bounds = np.column_stack([np.concatenate([[0], ends[:-1]]), ends])
        return cls(order, np.argsort(order), number, bounds)


def load_faces(
    table: pd.DataFrame, size: int, workers: int = 1, memory: float | None = None
) -> Faces:
    """Faces of the rows of a split table.

    Parameters
    ----------
    table : DataFrame
        Rows as in `stages.common.tables.splits`.
    size : int
        Side that crops are brought to, in pixels.
    workers : int
        Threads that decode what is kept; they change no byte.
    memory : float, optional
        Most bytes that decoded crops may take; a quarter of the free memory if left out. It
        changes the speed and no byte.

    Raises
    ------
    InputError
        A crop that is to be kept cannot be read.
    """
    table = table.reset_index(drop=True)
    if memory is None:
        memory = _SHARE_OF_MEMORY * psutil.virtual_memory().available
    if len(table) * size * size * 3 > memory:
        return Faces(table, size, None)
    decoded = np.empty((len(table), size, size, 3), np.uint8)
    with ThreadPoolExecutor(workers) as pool, progress("decode", len(table)) as bar:
        for start in range(0, len(table), _BATCH_OF_CROPS):
            part = table.iloc[start : start + _BATCH_OF_CROPS]
            decoded[start : start + len(part)] = _decode(part, size, pool.map)
            bar.update(len(part))
    return Faces(table, size, decoded)


def _decode(table: pd.DataFrame, size: int, using: Callable[..., Any] = map) -> np.ndarray:
    # A face drawn twice is read once
    key = ["archive", "crop"]
    distinct = table.drop_duplicates(key)
    crops = np.stack(map_crops(partial(decode_crop, size=size), distinct, using))
    return crops[pd.MultiIndex.from_frame(distinct[key]).get_indexer_for(table[key])]
