"""Rows of the lists that come with a dataset."""

from collections.abc import Collection

from stages.common.errors import InputError
from stages.index.folder import Folder


def read_rows(folder: Folder, listing: str, needed: Collection[str]) -> list[dict[str, str]]:
    """Read the rows of a CSV file that must have the columns `needed`.

    Raises
    ------
    InputError
        The file is not CSV, lacks one of the columns, or has a cell with NUL.
    """
    columns, rows = folder.table(listing)
    if not set(needed) <= set(columns):
        raise InputError(
            f"{folder.root / listing}: expected the columns {', '.join(sorted(needed))}; "
            f"found {', '.join(columns)}"
        )
    if any("\0" in cell for row in rows for cell in row.values()):
        raise InputError(f"{folder.root / listing}: a cell holds NUL: download the list anew")
    return rows
