"""Scan a dataset's folder for clips, pictures, lists, and links that lead out of it."""

import csv
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from stages.common.errors import InputError, first_of
from stages.common.suffixes import in_order, kind


@dataclass(frozen=True)
class Folder:
    """The files in a dataset's folder, except hidden files and ``__MACOSX`` folders.

    Attributes
    ----------
    root : Path
        The folder.
    media_files : tuple of str
        Pictures and videos: sorted paths relative to `root`, with ``/``.
    lists : tuple of str
        Files that are neither by their suffix, in the same form.
    outside : tuple of str
        Links that lead out of the folder; they are not followed.
    unknown : tuple of str
        Files whose suffix does not say what they are.
    """

    root: Path
    media_files: tuple[str, ...]
    lists: tuple[str, ...]
    outside: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    @cached_property
    def pictures(self) -> dict[str, list[str]]:
        """The pictures in each folder that has any, in the order of the numbers in their names."""
        found: dict[str, list[str]] = {}
        for path in in_order(path for path in self.media_files if kind(path) == "image"):
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return found

    def named(self, name: str) -> list[str]:
        """Return the lists with this file name, in any subfolder."""
        return [path for path in self.lists if PurePosixPath(path).name == name]

    def text(self, path: str) -> str:
        """Read a list as text.

        Raises
        ------
        InputError
            The file cannot be read as UTF-8.
        """
        try:
            return (self.root / path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self.root / path} cannot be read: {error}") from None

    def json(self, path: str, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
        """Read a JSON file that holds an object (`kind` is dict) or an array (list).

        Raises
        ------
        InputError
            The file is not JSON, has a duplicate key, or holds a value of another type.
        """
        try:
            content = json.loads(self.text(path), object_pairs_hook=_unique_keys)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{self.root / path} is not JSON: {error}") from None
        if not isinstance(content, kind):
            expected = "an object" if kind is dict else "an array"
            raise InputError(f"{self.root / path}: expected {expected}, found {content!r:.60}")
        return content

    def table(self, path: str) -> tuple[list[str], list[dict[str, str]]]:
        """Read the columns and rows of a CSV file with a header; missing cells become empty.

        Raises
        ------
        InputError
            The file is not CSV, a row has more cells than the header, or a cell holds NUL.
        """
        reader = csv.DictReader(self.text(path).splitlines(), restval="")
        try:
            rows = list(reader)
        except csv.Error as error:
            raise InputError(f"{self.root / path} is not CSV: {error}") from None
        for number, row in enumerate(rows, 2):
            if None in row:
                raise InputError(f"{self.root / path}: line {number} has more cells than the first")
            if any("\0" in cell for cell in row.values()):
                raise InputError(f"{self.root / path}: a cell holds NUL: download the list anew")
        return list(reader.fieldnames or []), rows

    def entries(self) -> str:
        """List the entries at the top of the folder, for an error message."""
        names = sorted(entry.name for entry in self.root.iterdir())
        return ", ".join(first_of(names)) or "nothing"


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Reject duplicate keys of a JSON object, of which ``json`` would silently keep the last."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"duplicate key {twice!r}")
    return content


def scan(root: Path, caches: Collection[Path] = ()) -> Folder:
    """List the files of a dataset's folder, which may itself be a link.

    Parameters
    ----------
    root : Path
        The folder.
    caches : collection of Path
        Folders outside `root` that links may lead to, such as DVC's cache.

    Raises
    ------
    InputError
        The folder does not exist, or holds a broken link.
    """
    if not root.is_dir():
        raise InputError(
            f"{root} is not a folder: unpack or link the dataset there, or `dvc pull` it"
        )
    allowed = [root.resolve(), *(cache.resolve() for cache in caches)]
    media_files: list[str] = []
    lists: list[str] = []
    outside: list[str] = []
    unknown: list[str] = []
    by_kind = {"video": media_files, "image": media_files, "none": lists, "": unknown}
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
                by_kind[kind(name)].append(relative)
    return Folder(root, *(tuple(sorted(paths)) for paths in (media_files, lists, outside, unknown)))


def _is_clutter(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _is_below(path: Path, folders: list[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
