"""Read and resize face crops for a network; shared by training, evaluation and serving."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from stages.common.archive import read_members
from stages.common.errors import InputError, ItemError
from stages.common.picture import decode_stored
from stages.common.tables.faces import FACES_ROOT


def decode_crop(encoded: bytes, size: int) -> np.ndarray:
    """Decode a crop and resize it to a network's input size.

    Parameters
    ----------
    encoded : bytes
        PNG or JPEG.
    size : int
        Side of the square in pixels.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        RGB, 0 to 255. Larger crops are downsampled by area averaging, smaller ones upsampled
        bilinearly.

    Raises
    ------
    ItemError
        The bytes are not a picture.
    """
    return resize_crop(decode_stored(encoded, on_threads=True), size)


def resize_crop(crop: np.ndarray, size: int) -> np.ndarray:
    """Resize an RGB crop, shape (h, w, 3), to shape (size, size, 3); see `decode_crop`."""
    shrinks = max(crop.shape[:2]) > size
    return cv2.resize(
        crop, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )


def read_crops(faces: pd.DataFrame, root: Path = FACES_ROOT) -> list[bytes]:
    """Read the encoded crops of the rows of a split table, in order.

    Parameters
    ----------
    faces : DataFrame
        Rows with ``archive`` and ``crop`` as in `stages.common.tables.splits`.
    root : Path
        Folder that ``archive`` is relative to.

    Returns
    -------
    list of bytes
        One encoded picture per row; each archive is opened once.

    Raises
    ------
    InputError
        An archive is missing or damaged, lacks a crop, or two rows name the same crop.
    """
    encoded = np.empty(len(faces), object)
    for archive, rows in faces.reset_index(drop=True).groupby("archive"):
        members = read_members(root / archive, rows["crop"].tolist())
        encoded[rows.index] = list(members.values())
        if len(members) != len(rows):
            raise InputError(f"{archive}: two faces of a split table name the same crop")
    return encoded.tolist()


_BATCH_OF_CROPS = 512


def map_crops(
    function: Callable[[bytes], Any],
    faces: pd.DataFrame,
    using: Callable[..., Any] = map,
    root: Path = FACES_ROOT,
) -> list[Any]:
    """Apply a function to the crop of each row of a split table, in order.

    At most a few hundred encoded crops are in memory at once.

    Parameters
    ----------
    function : callable
        Takes an encoded crop; raises an ItemError if it is not a picture.
    faces : DataFrame
        See `read_crops`.
    using : callable
        `map`, or the `map` method of an executor.
    root : Path
        See `read_crops`.

    Returns
    -------
    list
        One result per row.

    Raises
    ------
    InputError
        As in `read_crops`, or a crop is not a picture; the message names it.
    """

    def of_named(encoded: bytes, archive: str, crop: str) -> Any:
        try:
            return function(encoded)
        except ItemError as error:
            raise InputError(f"crop {crop} of {archive}: {error}") from None

    made = []
    for first in range(0, len(faces), _BATCH_OF_CROPS):
        part = faces.iloc[first : first + _BATCH_OF_CROPS]
        made += using(of_named, read_crops(part, root), part["archive"], part["crop"])
    return made
