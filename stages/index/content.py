"""Content of files as MD5, DVC's own measure."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stages.common.progress import progress


def md5s(paths: Sequence[Path]) -> list[str]:
    """MD5 of each file's bytes, as 32 hexadecimal digits."""
    with ThreadPoolExecutor() as pool, progress("hash", len(paths)) as bar:
        hashes = []
        for value in pool.map(_md5, paths):
            hashes.append(value)
            bar.update()
    return hashes


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
