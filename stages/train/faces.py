"""The labelled faces of a split, decoded once where memory allows, else when they are asked for."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import psutil

from stages.common.crops import decode_crop, read_crops
from stages.common.errors import InputError

_SHARE_OF_MEMORY = 0.25
"""Of the memory that is free when a training starts, for the decoded crops of one split."""

_DECODED_AT_ONCE = 4096


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

    def crops(self, rows: np.ndarray) -> np.ndarray:
        """Crops of `rows`: uint8, shape (len(rows), size, size, 3), RGB, 0 to 255."""
        if self.decoded is not None:
            return self.decoded[rows]
        return _decode(self.table.iloc[rows], self.size)


def load_faces(table: pd.DataFrame, size: int, memory: float | None = None) -> Faces:
    """Faces of the rows of a split table.

    Parameters
    ----------
    table : DataFrame
        Rows as in `stages.common.tables.splits`.
    size : int
        Side that crops are brought to, in pixels.
    memory : float, optional
        Most bytes that decoded crops may take; a quarter of the free memory if left out. It
        changes the speed and no byte.
    """
    table = table.reset_index(drop=True)
    if memory is None:
        memory = _SHARE_OF_MEMORY * psutil.virtual_memory().available
    if len(table) * size * size * 3 > memory:
        return Faces(table, size, None)
    decoded = np.empty((len(table), size, size, 3), np.uint8)
    for start in range(0, len(table), _DECODED_AT_ONCE):
        part = table.iloc[start : start + _DECODED_AT_ONCE]
        decoded[start : start + len(part)] = _decode(part, size)
    return Faces(table, size, decoded)


def _decode(table: pd.DataFrame, size: int) -> np.ndarray:
    # A face drawn twice is read once
    distinct = table.drop_duplicates(["archive", "crop"])
    crops = dict(
        zip(
            zip(distinct["archive"], distinct["crop"], strict=True),
            read_crops(distinct),
            strict=True,
        )
    )
    decoded = np.empty((len(table), size, size, 3), np.uint8)
    for index, key in enumerate(zip(table["archive"], table["crop"], strict=True)):
        try:
            decoded[index] = decode_crop(crops[key], size)
        except ValueError as error:
            raise InputError(f"crop {key[1]} of {key[0]}: {error}") from None
    return decoded
