"""Resolve command-line arguments (files, folders, patterns) to files."""

import glob
from collections.abc import Iterable
from pathlib import Path


def items_named(args: Iterable[str]) -> list[Path]:
    """Files named by `args`, in order and without duplicates.

    A folder stands for all files below it except hidden ones. An argument with ``*``, ``?`` or
    ``[`` stands for its matches, unless a file has exactly that name. Paths that do not exist are
    kept, so that they are reported.
    """
    found: dict[Path, None] = {}
    for word in args:
        path = Path(word)
        if path.is_dir():
            found |= dict.fromkeys(_files_below(path))
        elif path.exists() or not glob.has_magic(word):
            found[path] = None
        else:
            matches = glob.glob(word, recursive=True)  # noqa: PTH207 (a pattern may be absolute)
            for match in sorted(map(Path, matches)) or [path]:
                found |= dict.fromkeys(_files_below(match) if match.is_dir() else [match])
    return list(found)


def _files_below(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
