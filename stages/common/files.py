"""Write files whole or not at all: under a temporary name that is renamed once complete.

The file in the way is replaced, never written into: under linked caches it is DVC's own.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to `path` unless an error is raised.

    Parents are made. Each writer has a temporary name of its own, in the same folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8, to `path`; parents are made."""
    with whole_file(path) as part:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
