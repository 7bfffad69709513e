"""Resolve command-line arguments (files, folders, patterns) to files, and look at these first."""

import glob
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.container import format_of
from stages.common.errors import ItemError

_DECEIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


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


def check_kind(path: Path) -> None:
    """Refuse a file by its first bytes, before a model is loaded.

    Raises
    ------
    ItemError
        It is missing, cannot be read, or is of a kind that is not read.
    """
    try:
        format_of(path)
    except OSError as error:
        raise ItemError(f"cannot be read: {error.strerror}") from None


def printable(text: str) -> str:
    """Show as escapes what a name could deceive with, and the bytes of one that is no UTF-8.

    These are control characters, which a terminal obeys, and those that turn the direction of
    writing, so that ``gpj.exe`` can be read as ``exe.jpg``; line breaks and tabs are kept.
    """
    shown = _DECEIVING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


@contextmanager
def named_in_utf8(path: Path) -> Iterator[Path]:
    """Give a file whose name is no UTF-8, which FFmpeg's binding refuses, another name."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        with tempfile.TemporaryDirectory() as folder:
            link = Path(folder, "item")
            link.symlink_to(path.absolute())
            yield link
    else:
        yield path
