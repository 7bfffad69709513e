"""Crops at a network's input size, in one memory-mapped array a split and size.

A file in ``.work/crops`` is named after the size and after everything that its bytes follow from.
It is written once and mapped by each training that wants the same crops. What does not fit into
memory is read from the disk whenever it is drawn. All files may be removed at any time.
"""

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.common.archive import read_record
from stages.common.crops import decode_crop, map_crops
from stages.common.files import whole_file
from stages.common.progress import progress
from stages.common.tables.faces import FACES_ROOT

CROPS = Path(".work/crops")

_SHARE = 0.5
"""Share of the disk's free space that all files together may take."""

_ABANDONED = 3600
"""Seconds after which a file that is not complete belongs to a process that was killed."""

_BATCH_OF_CROPS = 512


def cached_crops(
    table: pd.DataFrame, size: int, workers: int = 1, made_by: Any = None
) -> np.ndarray | None:
    """Return the crops of a table as a memory-mapped array, which is written if there is none.

    If the disk has no room, the arrays used longest ago are removed.

    Parameters
    ----------
    table : DataFrame
        Rows with ``archive`` and ``crop`` as in `stages.common.tables.splits`.
    size : int
        Side that crops are resized to, in pixels.
    workers : int
        Number of decoding threads; it does not change the result.
    made_by : object
        What the array depends on besides the archives: the versions and the code that decode them.

    Returns
    -------
    ndarray of uint8, shape (n, size, size, 3), or None
        RGB, 0 to 255, read-only; None if it would take more than half of the disk's free space.

    Raises
    ------
    InputError
        A crop cannot be read; the message names it.
    """
    path = CROPS / f"{size}px-{_digest(table, size, made_by)}.npy"
    shape = (len(table), size, size, 3)
    crops = _mapped(path, shape)
    if crops is None and _make_room(np.prod(shape, dtype=int)):
        _write(path, table, shape, workers)
        crops = _mapped(path, shape)
    if crops is None:
        print(
            f"{CROPS} has no room for {np.prod(shape, dtype=int) / 1e9:.1f} GB of crops: each "
            "epoch reads them from the archives, which takes longer",
            file=sys.stderr,
        )
    return crops


def decode_crops(table: pd.DataFrame, size: int, using: Callable[..., Any] = map) -> np.ndarray:
    """Read the crops of a table from their archives: uint8, shape (n, size, size, 3), RGB.

    A crop that several rows name is read once. `using` is as in `stages.common.crops.map_crops`.
    """
    key = ["archive", "crop"]
    distinct = table.drop_duplicates(key)
    crops = np.stack(map_crops(partial(decode_crop, size=size), distinct, using))
    return crops[pd.MultiIndex.from_frame(distinct[key]).get_indexer_for(table[key])]


def _digest(table: pd.DataFrame, size: int, made_by: Any) -> str:
    digest = hashlib.sha256(f"{made_by} {size}".encode())
    digest.update(table[["archive", "crop"]].to_csv(index=False).encode())
    for archive in sorted(set(table["archive"])):
        digest.update(read_record(FACES_ROOT / archive).digest.encode())
    return digest.hexdigest()[:16]


def _mapped(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """Map a complete file and mark it as used; None if there is none."""
    try:
        crops = np.load(path, mmap_mode="r")
        os.utime(path)
    except (OSError, EOFError, ValueError):
        return None
    return np.asarray(crops) if crops.shape == shape and crops.dtype == np.uint8 else None


def _write(path: Path, table: pd.DataFrame, shape: tuple[int, ...], workers: int) -> None:
    """Decode crops into a file, part by part."""
    about = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with (
        whole_file(path) as part,
        part.open("wb") as file,  # not mapped: on a full disk that would kill the process
        ThreadPoolExecutor(workers) as pool,
        progress("decode", len(table)) as bar,
    ):
        np.lib.format.write_array_header_1_0(file, about)
        for start in range(0, len(table), _BATCH_OF_CROPS):
            rows = table.iloc[start : start + _BATCH_OF_CROPS]
            file.write(decode_crops(rows, shape[1], pool.map).data)
            bar.update(len(rows))


def _make_room(needed: int) -> bool:
    """Remove what was abandoned, then the files used longest ago, until `needed` bytes fit."""
    CROPS.mkdir(parents=True, exist_ok=True)
    for part in CROPS.glob(".*.part"):
        if time.time() - part.stat().st_mtime > _ABANDONED:
            part.unlink(missing_ok=True)
    sizes = {path: path.stat() for path in CROPS.glob("*.npy")}
    taken = sum(about.st_size for about in sizes.values())
    room = _SHARE * (shutil.disk_usage(CROPS).free + taken)
    if needed > room:
        return False
    for path, about in sorted(sizes.items(), key=lambda one: one[1].st_mtime):
        if taken + needed <= room:
            break
        path.unlink(missing_ok=True)  # a training that has mapped it keeps it until its end
        taken -= about.st_size
    return True
