"""MD5 of the files' content, taken from DVC's records where possible."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dvc.exceptions import NotDvcRepoError
from dvc.fs import localfs
from dvc.repo import Repo
from dvc_data.hashfile.state import StateBase, StateNoop

from stages.common.container import LFS_POINTER
from stages.common.errors import InputError, first_of
from stages.common.progress import progress
from stages.index.folder import Folder
from stages.index.listed_item import ListedItem

_POINTER_SIZE = 1024
"""Pointers are shorter than this (github.com/git-lfs/git-lfs, docs/spec.md)."""


@dataclass(frozen=True)
class DvcState:
    """What DVC has recorded about the files.

    Attributes
    ----------
    hashes : StateBase
        DVC's table of the hashes that it has computed. Like DVC itself, it uses an entry only if
        the file still has the recorded inode, size and modification time. ``.dvc`` files are not
        read: their hashes are out of date after an edit.
    caches : tuple of Path
        The cache folder that DVC's symbolic links lead to; empty outside a DVC repository.
    """

    hashes: StateBase
    caches: tuple[Path, ...]


def dvc_state() -> DvcState:
    """Read what DVC has recorded; the state is empty outside a DVC repository."""
    try:
        repo = Repo()
    except NotDvcRepoError:
        return DvcState(StateNoop(), ())
    return DvcState(repo.state, (Path(repo.cache.local.path),))


def refuse_pointers(folder: Folder, items: Sequence[ListedItem]) -> None:
    """Refuse what Git LFS has put in place of files that are not there.

    Raises
    ------
    InputError
        Some of the files are such pointers.
    """
    paths = [folder.root / path for path in files_of(folder, items)]
    small = (path for path in paths if path.stat().st_size < _POINTER_SIZE)
    found = [str(path) for path in small if path.read_bytes().startswith(LFS_POINTER)]
    if found:
        raise InputError(
            f"{len(found)} of {len(paths)} files are Git LFS pointers, not the files themselves: "
            "run `git lfs pull`\n" + "\n".join(first_of(found))
        )


def item_md5s(folder: Folder, items: Sequence[ListedItem], state: DvcState) -> list[str]:
    """Return the MD5 of each item: of its file, or of the MD5s of its frames in their order.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    every = files_of(folder, items)
    known = dict(zip(every, md5s([folder.root / path for path in every], state), strict=True))
    return [
        _md5_of_all([known[path] for path in folder.pictures[item.path]])
        if item.frames
        else known[item.path]
        for item in items
    ]


def files_of(folder: Folder, items: Sequence[ListedItem]) -> list[str]:
    """Return the files of all items, relative to the folder: each item's own, or its frames."""
    files = [folder.pictures[item.path] if item.frames else [item.path] for item in items]
    return [path for paths in files for path in paths]


def _md5_of_all(hashes: Sequence[str]) -> str:
    return hashlib.md5("\n".join(hashes).encode()).hexdigest()


def md5s(paths: Sequence[Path], state: DvcState) -> list[str]:
    """Return the MD5 of each file, as 32 hexadecimal digits.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    names = [str(path.absolute()) for path in paths]
    known = {
        name: found.value
        for name, _, found in state.hashes.get_many(names, localfs, {})
        if found and found.name == "md5" and found.value
    }
    unknown = [name for name in names if name not in known]
    if unknown:
        known |= _hash_files(unknown)
    return [known[name] for name in names]


def _hash_files(names: list[str]) -> dict[str, str]:
    with ThreadPoolExecutor() as pool, progress("hash", len(names)) as bar:
        hashes = {}
        for name, value in zip(names, pool.map(md5_of, names), strict=True):
            hashes[name] = value
            bar.update()
    return hashes


def md5_of(name: str) -> str:
    """Compute the MD5 of a file, in hexadecimal."""
    try:
        with Path(name).open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error}") from None
