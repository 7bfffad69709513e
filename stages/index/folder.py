"""Scan a dataset's folder: media files, lists, and links that lead out of it."""

import csv
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from stages.common.errors import InputError, first_of

VIDEOS = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm"})
IMAGES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


@dataclass(frozen=True)
class Folder:
    """The files in a dataset's folder, without hidden ones and those of macOS archives.

    Attributes
    ----------
    root : Path
        The folder.
    media_files : tuple of str
        Pictures and videos, sorted, relative to `root`, with ``/``.
    lists : tuple of str
        All other files, sorted likewise.
    outside : tuple of str
        Links that lead out of the folder; they are not followed.
    """

    root: Path
    media_files: tuple[str, ...]
    lists: tuple[str, ...]
    outside: tuple[str, ...]

    def named(self, name: str) -> list[str]:
        """Lists of this file name, wherever they are."""
        return [path for path in self.lists if PurePosixPath(path).name == name]

    def text(self, path: str) -> str:
        """The text of a list.

        Raises
        ------
        InputError
            It cannot be read as UTF-8.
        """
        try:
            return (self.root / path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.root / path} cannot be read: {error}") from None

    def json(self, path: str, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
        """The content of a JSON file, an object (dict) or an array (list).

        Raises
        ------
        InputError
            It is not JSON, names a key twice, or holds something else.
        """
        try:
            content = json.loads(self.text(path), object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{self.root / path} is not JSON: {error}") from None
        if not isinstance(content, kind):
            expected = "an object" if kind is dict else "an array"
            raise InputError(f"{self.root / path}: expected {expected}, found {content!r:.60}")
        return content

    def table(self, path: str) -> tuple[list[str], list[dict[str, str]]]:
        """The columns and the rows of a CSV file with a header; cells that lack are empty.

        Raises
        ------
        InputError
            It is no CSV, or a row has more cells than the header.
        """
        reader = csv.DictReader(self.text(path).splitlines(), restval="")
        try:
            rows = list(reader)
        except csv.Error as error:
            raise InputError(f"{self.root / path} is not CSV: {error}") from None
        for number, row in enumerate(rows, 2):
            if None in row:
                raise InputError(f"{self.root / path}: line {number} has more cells than the first")
        return list(reader.fieldnames or []), rows

    def entries(self) -> str:
        """Describe the entries at the top, for a message."""
        names = sorted(entry.name for entry in self.root.iterdir())
        return ", ".join(first_of(names)) or "nothing"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a JSON object with equal keys, of which the last would silently win."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands there twice")
    return content


def kind(path: str) -> str:
    """``"video"`` or ``"image"``, by the suffix; empty for anything else."""
    suffix = PurePosixPath(path).suffix.lower()
    return "video" if suffix in VIDEOS else "image" if suffix in IMAGES else ""


def scan(root: Path, stores: Collection[Path] = ()) -> Folder:
    """List a dataset's folder, which may itself be a link.

    Parameters
    ----------
    root : Path
        The folder.
    stores : collection of Path
        Folders outside that a link may lead to: DVC's cache, when it links its files.

    Raises
    ------
    InputError
        There is no such folder, or a broken link in it.
    """
    if not root.is_dir():
        raise InputError(
            f"{root} is not a folder: unpack or link the dataset there, or `dvc pull` it"
        )
    allowed = [root.resolve(), *(store.resolve() for store in stores)]
    media_files: list[str] = []
    lists: list[str] = []
    outside: list[str] = []
    for top, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not _is_clutter(name)]
        for name in folders + [name for name in files if not _is_clutter(name)]:
            path = Path(top, name)
            relative = path.relative_to(root).as_posix()
            if path.is_symlink() and not path.exists():
                raise InputError(f"{path} is a broken link: `dvc pull` or repair it")
            if path.is_symlink() and not _is_below(path.resolve(), allowed):
                outside.append(relative)
            elif not path.is_dir():
                (media_files if kind(name) else lists).append(relative)
    return Folder(root, tuple(sorted(media_files)), tuple(sorted(lists)), tuple(sorted(outside)))


def _is_clutter(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _is_below(path: Path, folders: list[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
