"""The labelled faces of a split, from the cache of decoded crops or from their archives."""

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from stages.common.crops import map_crops
from stages.common.picture import decode_stored
from stages.common.table import KEY
from stages.common.tables.faces import landmarks_of
from stages.train.crop_cache import cached_crops, decode_crops
from stages.train.sampling import numbered


@dataclass(frozen=True)
class Faces:
    """Faces of a split with the metadata needed for sampling.

    Attributes
    ----------
    table : DataFrame
        Rows as in `stages.common.tables.splits`.
    size : int
        Side of a crop in pixels.
    decoded : ndarray of uint8, shape (n, size, size, 3), or None
        RGB, 0 to 255; None if crops are read from their archives whenever they are drawn.
    clip_side : int
        Frames along each side of a crop (`stages.common.clips`); 1: a crop is one frame.
    """

    table: pd.DataFrame
    size: int
    decoded: np.ndarray | None = field(repr=False)
    clip_side: int = 1

    @cached_property
    def numbered(self) -> pd.DataFrame:
        """Result of `stages.train.sampling.numbered` for `table`."""
        return numbered(self.table)

    @property
    def labels(self) -> np.ndarray:
        """1 for fake, 0 for real: float32, shape (n,)."""
        return (self.table["label"] == "fake").to_numpy(np.float32)

    def window(self, row: int, length: int) -> tuple[np.ndarray, int]:
        """Return a face with its neighbours in time on the same track.

        Returns
        -------
        rows : ndarray of int, shape (length,)
            In temporal order; if the track is shorter, its last face is repeated.
        position : int
            Index of `row` in `rows`: the middle, unless the face is near an end of its track.
        """
        start, end = self._tracks.bounds[self._tracks.number[row]]
        position = self._tracks.position[row]
        first = max(start, min(position - length // 2, end - length))
        positions = np.minimum(np.arange(first, first + length), end - 1)
        return self._tracks.order[positions], position - first

    @cached_property
    def _tracks(self) -> "_Tracks":
        return _Tracks.of(self.table)

    def crops(self, rows: np.ndarray) -> np.ndarray:
        """Return the crops of `rows`: uint8, shape (len(rows), size, size, 3), RGB, 0 to 255."""
        if self.decoded is not None:
            return np.take(self.decoded, rows, axis=0)  # other threads go on while the disk reads
        return decode_crops(self.table.iloc[rows], self.size)

    def stored(self, rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return crops as stored, uint8, shape (h, w, 3), RGB, and the landmarks in each."""
        distinct, place = np.unique(rows, return_inverse=True)
        table = self.table.iloc[distinct]
        crops = map_crops(partial(decode_stored, on_threads=True), table)
        landmarks = [landmarks_of(text) for text in table["landmarks"]]
        return [(crops[index], landmarks[index]) for index in place]


@dataclass(frozen=True)
class _Tracks:
    """The rows of a table sorted by track and then by time.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        The sorted rows.
    position : ndarray of int, shape (n,)
        Index of each row in `order`.
    number : ndarray of int, shape (n,)
        Number of each row's track.
    bounds : ndarray of int, shape (tracks, 2)
        Start and end of each track in `order`, the end excluded.
    """

    order: np.ndarray
    position: np.ndarray
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
    table: pd.DataFrame,
    size: int,
    workers: int = 1,
    cached: bool = True,
    made_by: Any = None,
    clip_side: int = 1,
) -> Faces:
    """Load the faces of a split table.

    Parameters
    ----------
    table : DataFrame
        Rows as in `stages.common.tables.splits`.
    size : int
        Side that crops are resized to, in pixels.
    workers : int
        Number of decoding threads; it does not change the result.
    cached : bool
        Whether crops come from the cache of decoded crops, which changes the speed alone.
    made_by : object
        See `stages.train.crop_cache.cached_crops`.
    clip_side : int
        See `Faces`.

    Raises
    ------
    InputError
        Crops are written to the cache, and one of them cannot be read.
    """
    table = table.reset_index(drop=True)
    decoded = cached_crops(table, size, workers, made_by) if cached else None
    return Faces(table, size, decoded, clip_side)
