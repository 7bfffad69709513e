"""MD5 of files' content, taken from DVC's records where it has them."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dvc.exceptions import NotDvcRepoError
from dvc.fs import localfs
from dvc.repo import Repo
from dvc_data.hashfile.state import StateBase, StateNoop

from stages.common.errors import InputError
from stages.common.progress import progress


@dataclass(frozen=True)
class DvcMemory:
    """The hashes that DVC has recorded.

    Attributes
    ----------
    hashes : StateBase
        DVC's table of hashes it has computed. An entry counts only while inode, size and time of
        change of the file are the recorded ones, which is what DVC itself trusts; what ``.dvc``
        files say is not asked, since it goes stale with an edit.
    stores : tuple of Path
        The cache's folder, which DVC's symbolic links lead to; empty outside a DVC repository.
    """

    hashes: StateBase
    stores: tuple[Path, ...]


def dvc_memory() -> DvcMemory:
    """Read what DVC has recorded; nothing outside a DVC repository."""
    try:
        repo = Repo()
    except NotDvcRepoError:
        return DvcMemory(StateNoop(), ())
    return DvcMemory(repo.state, (Path(repo.cache.local.path),))


def md5s(paths: Sequence[Path], memory: DvcMemory) -> list[str]:
    """MD5 of each file's bytes, as 32 hexadecimal digits.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    names = [str(path.absolute()) for path in paths]
    known = {
        name: found.value
        for name, _, found in memory.hashes.get_many(names, localfs, {})
        if found and found.name == "md5" and found.value
    }
    unknown = [name for name in names if name not in known]
    if unknown:
        known |= _read(unknown)
    return [known[name] for name in names]


def _read(names: list[str]) -> dict[str, str]:
    with ThreadPoolExecutor() as pool, progress("hash", len(names)) as bar:
        hashes = {}
        for name, value in zip(names, pool.map(md5_of, names), strict=True):
            hashes[name] = value
            bar.update()
    return hashes


def md5_of(name: str) -> str:
    """MD5 of a file's bytes, in hexadecimal."""
    try:
        with Path(name).open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error}") from None
