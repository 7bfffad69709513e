"""Write files atomically, and refuse links that lead out of a dataset.

A file is written under a temporary name and renamed once it is complete.

An existing file is replaced, never modified in place: with a linked cache it is DVC's own copy.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.errors import ItemError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to `path` unless an error is raised.

    Parent folders are created. Each writer uses a unique temporary name in the same folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8, to `path` atomically; parent folders are created."""
    with whole_file(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)


def check_inside(path: Path, root: Path) -> None:
    """Raise an `ItemError` if `path` is a link out of the dataset's folder, itself maybe a link."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise ItemError("is a link that leads out of the dataset's folder")
