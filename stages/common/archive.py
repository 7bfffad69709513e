"""One archive per item: a zip file of pictures, with a record of their provenance.

Pictures are stored, not deflated, because PNG and JPEG are already compressed. Members are sorted
and carry no date, so that equal content gives equal files.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stages.common.errors import InputError
from stages.common.files import whole_file

_RECORD = "record.json"
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_LONGEST_NAME = 240
"""Bytes of an archive's name: those of a file have at most 255, and other suffixes may follow."""

_KEPT = 40
"""Characters of a longer name that are kept."""


@dataclass(frozen=True)
class Record:
    """The provenance and table rows stored in an archive.

    Attributes
    ----------
    digest : str
        Digest of the item's inputs, parameters and code; empty if the next run must retry the item.
    error : str
        Why the item was skipped; empty if it was not.
    rows : dict of str to list
        The item's rows of the stage's table, column by column, without the item's key.
    """

    digest: str
    error: str = ""
    rows: dict[str, list[Any]] = field(default_factory=dict)


def item_path(folder: Path, method: str, item: str) -> Path:
    """Return the path of an item's archive inside a stage's folder.

    File systems bound a name's bytes. Of an item whose file has a name near the bound, the
    archive's name is the beginning and a digest.
    """
    path = folder / method / f"{item}.zip"
    if len(os.fsencode(path.name)) <= _LONGEST_NAME:
        return path
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()
    return path.with_name(f"{path.name[:_KEPT]}-{digest[:32]}.zip")


def write_archive(path: Path, record: Record, members: Mapping[str, bytes]) -> None:
    """Write an archive, whole or not at all.

    Parameters
    ----------
    path : Path
        The archive; parent folders are created.
    record : Record
        The record that `read_record` returns.
    members : mapping of str to bytes
        Encoded pictures by name.
    """
    with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(vars(record), sort_keys=True, ensure_ascii=False)
        archive.writestr(zipfile.ZipInfo(_RECORD, _NO_DATE), text)
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), members[name])


def read_record(path: Path) -> Record:
    """Read the record of an archive.

    Raises
    ------
    InputError
        The file is missing, damaged, or not an archive of the pipeline.
    """
    with _opened(path) as archive:
        return Record(**json.loads(archive.read(_RECORD)))


def read_members(path: Path, names: list[str] | None = None) -> dict[str, bytes]:
    """Read the encoded pictures of an archive: those in `names`, in that order, or all of them.

    Raises
    ------
    InputError
        The file is missing or damaged, or lacks a member.
    """
    with _opened(path) as archive:
        if names is None:
            names = [name for name in archive.namelist() if name != _RECORD]
        return {name: archive.read(name) for name in names}


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file for reading; errors name the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    except Exception as error:  # zipfile raises about ten types of error on a damaged file
        raise InputError(f"{path} is damaged, remove it and run again: {error}") from error
