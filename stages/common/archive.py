"""One archive an item: a zip file of pictures, with a record of what made them.

Pictures are stored, not deflated (PNG and JPEG are compressed already), members are sorted and
carry no date, so that equal content is an equal file.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stages.common.errors import InputError
from stages.common.files import whole_file

_RECORD = "record.json"
_NO_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Record:
    """What an archive records about itself.

    Attributes
    ----------
    digest : str
        Digest of what made the item; empty if the next run shall try again.
    error : str
        Why the item was skipped, empty if it was not.
    rows : dict of str to list
        The item's rows of the stage's table, column by column, without the item's key.
    """

    digest: str
    error: str = ""
    rows: dict[str, list[Any]] = field(default_factory=dict)


def item_path(folder: Path, method: str, item: str) -> Path:
    """Where the archive of one item is, inside a stage's folder."""
    return folder / method / f"{item}.zip"


def write_archive(path: Path, record: Record, members: Mapping[str, bytes]) -> None:
    """Write an archive, whole or not at all.

    Parameters
    ----------
    path : Path
        The archive; parents are made.
    record : Record
        Read back by `read_record`.
    members : mapping of str to bytes
        Encoded pictures by name.
    """
    with whole_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(asdict(record), sort_keys=True, ensure_ascii=False)
        archive.writestr(zipfile.ZipInfo(_RECORD, _NO_DATE), text)
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), members[name])


def read_record(path: Path) -> Record:
    """Read the record of an archive.

    Raises
    ------
    InputError
        The file is missing, torn, or no archive of ours.
    """
    with _opened(path) as archive:
        return Record(**json.loads(archive.read(_RECORD)))


def read_members(path: Path, names: list[str] | None = None) -> dict[str, bytes]:
    """Read encoded pictures of an archive, all of them or those named, in the order of names.

    Raises
    ------
    InputError
        The file is missing, torn, or lacks a member.
    """
    with _opened(path) as archive:
        if names is None:
            names = [name for name in archive.namelist() if name != _RECORD]
        return {name: archive.read(name) for name in names}


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file for reading; its errors name the file."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    except Exception as error:  # zipfile raises some ten kinds of error on a damaged file
        raise InputError(f"{path} is damaged, remove it and run again: {error}") from error
