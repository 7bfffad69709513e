"""Any dataset with a list in our own format: ``media.csv`` at the top of its folder."""

from collections.abc import Iterator

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import REAL, ListedItem, official_split

LIST = "media.csv"
LOOKS_FOR = (
    f"{LIST} with the columns path and label, and where known group, method, original, split"
)

_NEEDED = {"path", "label"}
_KNOWN = _NEEDED | {"group", "method", "original", "split"}


def read(folder: Folder) -> Iterator[ListedItem]:
    """Read paths relative to the dataset's folder; a file without a group is its own group.

    ``original`` is the path of the real that a fake was made from; the fake joins its group.
    """
    if LIST not in folder.lists:
        return
    names, rows = folder.table(LIST)
    columns = set(names)
    if not _NEEDED <= columns <= _KNOWN:
        raise InputError(
            f"{folder.root / LIST}: expected the columns {', '.join(sorted(_NEEDED))} and at most "
            f"{', '.join(sorted(_KNOWN - _NEEDED))}; found {', '.join(sorted(columns))}"
        )
    groups = {row["path"]: row.get("group") or "" for row in rows}
    for row in rows:
        path, label = row["path"], row["label"].lower()
        original = row.get("original") or ""
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
            official_split=official_split(row.get("split") or "", f"{folder.root / LIST}: {path}"),
        )
