"""Find the item, and the frame, that another program's path is about."""

import re
from bisect import bisect_left
from collections import defaultdict
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pandas as pd

from stages.common.errors import InputError, first_of
from stages.common.table import KEY

_FRAME = re.compile(r"(\d+)(?:_(\d+))?")
"""Name of a picture in a folder of its video: the frame, and the track in an exported one."""

_LEVELS = ("videos", "frames")
"""Folders that owners and DeepfakeBench put between a dataset's own folders and its videos."""


class Place(NamedTuple):
    """What a path is about: an item's key, and the frame and track that the path names."""

    dataset: str
    method: str
    item: str
    frame: int | None = None
    track: int | None = None

    @property
    def item_name(self) -> str:
        """The key as a path."""
        return f"{self.dataset}/{self.method}/{self.item}"


class Names:
    """The names of all items: of their media files, and of the folders of their exported faces.

    A path names an item if one ends with the other, folder by folder: what lies above does not
    matter. Suffixes and folders called ``videos`` or ``frames`` are left out. A picture whose name
    is a number is a frame of the item that its folder names.
    """

    def __init__(self, index: pd.DataFrame) -> None:
        """Take the names from rows of `stages.common.tables.index.INDEX`."""
        # Read from its end, a path begins with the names that it ends with
        self._items: defaultdict[str, set[Place]] = defaultdict(set)
        for row in index.itertuples():
            item = Place(row.dataset, row.method, row.item)
            media = PurePosixPath(row.path).with_suffix("")
            for name in (media, row.dataset / media, PurePosixPath(item.item_name)):
                self._items[_turned(name)].add(item)
        self._sorted = sorted(self._items)

    def find(self, path: str) -> Place | None:
        """Return what `path`, with slashes or backslashes, is about; None if nothing is known.

        Raises
        ------
        InputError
            Several items have this name.
        """
        file = PurePosixPath(path.replace("\\", "/"))
        frame = _FRAME.fullmatch(file.stem)
        if frame and (item := self._item(file.parent)):
            number, track = frame.groups()
            return item._replace(frame=int(number), track=None if track is None else int(track))
        return self._item(file.parent / file.stem)

    def _item(self, name: PurePosixPath) -> Place | None:
        turned = _turned(name)
        if not turned:
            return None
        following = range(bisect_left(self._sorted, turned), len(self._sorted))
        longer = takewhile(
            lambda known: known.startswith(turned), (self._sorted[place] for place in following)
        )
        found = {item for known in longer for item in self._items[known]}
        if not found:
            slashes = (place for place, letter in enumerate(turned) if letter == "/")
            shorter = [
                turned[: place + 1] for place in slashes if turned[: place + 1] in self._items
            ]
            found = self._items[shorter[-1]] if shorter else set()
        if len(found) > 1:
            named = ", ".join(first_of(sorted(item.item_name for item in found)))
            raise InputError(
                f"{name} may be any of {len(found)} items: {named}; say which one in the columns "
                f"{', '.join(KEY)} of the format csv"
            )
        return next(iter(found), None)


def _turned(name: PurePosixPath) -> str:
    """Return a name from its last letter to its first, with a slash before each of its parts."""
    *folders, last = name.parts or [""]
    parts = [folder for folder in folders if folder not in (*_LEVELS, "/")]
    return "".join(f"/{part}" for part in [*parts, *([last] if last else [])])[::-1]


def with_items(rows: pd.DataFrame, index: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Replace the column ``path`` of `rows` by the item's key, ``frame`` and ``track``.

    Parameters
    ----------
    rows : DataFrame
        ``path`` and ``score``.
    index : DataFrame
        Rows of `stages.common.tables.index.INDEX`.
    file : Path
        The file they come from, for messages.

    Returns
    -------
    DataFrame
        A path that no item is called by becomes an ``item`` of no dataset.

    Raises
    ------
    InputError
        Several items have the name of a path.
    """
    names = Names(index)
    try:
        places = [names.find(path) or Place("", "", path) for path in rows["path"]]
    except InputError as error:
        raise InputError(f"{file}: {error}") from None
    placed = pd.DataFrame(places, columns=Place._fields, index=rows.index)
    return placed.astype({"frame": "Int64", "track": "Int64"}).assign(score=rows["score"])
