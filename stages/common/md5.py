"""Files outside the repository that params.yaml names, each with its MD5."""

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import Field

from stages.common.errors import InputError

MD5 = Annotated[str, Field(pattern="^([0-9a-f]{32})?$")]
"""MD5 of a file, so that another one makes again what depends on it; empty without a file."""


def require_md5(path: Path, md5: str, parameter: str) -> None:
    """Check that a file is the one that params.yaml means.

    Parameters
    ----------
    path : Path
        The file.
    md5 : str
        What its MD5 must be.
    parameter : str
        The parameter that names the file, for the message; its MD5 is in ``<parameter>_md5``, or
        beside it in ``md5``.

    Raises
    ------
    InputError
        The file cannot be read, or has another MD5.
    """
    try:
        found = hashlib.md5(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{parameter} cannot be read: {error}") from None
    if found != md5:
        raise InputError(
            f"{parameter} names {path}, which has the MD5 {found}, but params.yaml says '{md5}'"
        )
