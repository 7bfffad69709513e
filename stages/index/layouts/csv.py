"""Any dataset with a list in our own format: ``media.csv`` at the top of its folder."""

from collections.abc import Iterator
from difflib import get_close_matches

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import REAL, ListedItem, official_split

LIST = "media.csv"
LOOKS_FOR = (
    f"{LIST} with the columns path and label, where known group, method, original, split, and any "
    "attributes, such as person"
)

_NEEDED = ("path", "label")
_KNOWN = (*_NEEDED, "group", "method", "original", "split")
_LEAST_LIKENESS = 0.75
"""Of difflib: ``lable`` has 0.8 to ``label``, and ``light``, an attribute, 0.6 to ``split``."""


def read(folder: Folder) -> Iterator[ListedItem]:
    """Read paths relative to the dataset's folder; an item without a group is its own group.

    A path may be that of a folder, which holds the frames of one video. ``original`` is the path of
    the real that a fake was made from; the fake joins its group. Further columns are attributes; an
    empty cell says nothing.
    """
    if LIST not in folder.lists:
        return
    names, rows = folder.table(LIST)
    where = f"{folder.root / LIST}"
    attributes = _attributes(names, where)
    if missing := [name for name in _NEEDED if name not in names]:
        raise InputError(f"{where}: no column {missing[0]}; found {', '.join(names)}")
    groups = {_path(row, "path"): row.get("group") or "" for row in rows}
    for row in rows:
        path, label = _path(row, "path"), row["label"].lower()
        original = _path(row, "original")
        group = groups[path] or groups.get(original, "")
        yield ListedItem(
            path=path,
            label=label,
            method=REAL if label == REAL else row.get("method") or label,
            item=path,
            source_ids=(
                *([f"group {group}"] if group else []),
                *([original] if original else []),
                path,
            ),
            original=original,
            official_split=official_split(row.get("split") or "", f"{where}: {path}"),
            attributes={
                name: value for column, name in attributes.items() if (value := row[column].strip())
            },
            frames=path in folder.pictures,
        )


def _path(row: dict[str, str], column: str) -> str:
    """Return the path in a cell; that of a folder may end in a slash."""
    return (row.get(column) or "").rstrip("/")


def _attributes(columns: list[str], where: str) -> dict[str, str]:
    """Name the attribute of each column that is not a known one.

    Raises
    ------
    InputError
        A column has no name, one that another has as well, or nearly that of a known column.
    """
    names = [column.strip() for column in columns]
    attributes = {}
    for column, name in zip(columns, names, strict=True):
        if not name:
            raise InputError(f"{where}: a column has no name: name or remove it")
        if names.count(name) > 1:
            raise InputError(f"{where}: several columns are called '{name}': keep one of them")
        if column in _KNOWN:
            continue
        if alike := get_close_matches(name.lower(), _KNOWN, 1, _LEAST_LIKENESS):
            raise InputError(
                f"{where}: the column '{column}' was taken for '{alike[0]}': spell it so, or give "
                "an attribute a name less like it"
            )
        attributes[column] = name
    return attributes
