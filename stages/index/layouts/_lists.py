"""Rows of the lists that come with a dataset, and the files that they name."""

from collections.abc import Callable, Collection

from stages.common.errors import InputError
from stages.index.folder import Folder


def read_rows(folder: Folder, listing: str, needed: Collection[str]) -> list[dict[str, str]]:
    """Read the rows of a CSV file that must have the columns `needed`.

    Raises
    ------
    InputError
        `Folder.table` refuses the file, or it lacks one of the columns.
    """
    columns, rows = folder.table(listing)
    if not set(needed) <= set(columns):
        raise InputError(
            f"{folder.root / listing}: expected the columns {', '.join(sorted(needed))}; "
            f"found {', '.join(columns)}"
        )
    return rows


def by_name(folder: Folder, name_of: Callable[[str], str]) -> dict[str, str]:
    """Map the name of each picture or video, by which a list finds it in any folder, to its path.

    Raises
    ------
    InputError
        Two files have one name.
    """
    found: dict[str, str] = {}
    for path in folder.media_files:
        if (first := found.setdefault(name_of(path), path)) != path:
            raise InputError(
                f"{folder.root}: {first} and {path} have one name, by which lists name them: keep "
                "one of them"
            )
    return found
