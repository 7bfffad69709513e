"""Rows of the index table, and their metrics."""

from collections.abc import Sequence

import pandas as pd

from stages.common.attributes import RESERVED, to_text
from stages.common.components import components
from stages.common.errors import InputError
from stages.common.suffixes import kind
from stages.common.table import KEY
from stages.common.tables.index import CROP, FRAME_FOLDER, LABELS
from stages.index.listed_item import ListedItem
from stages.index.params import IndexParams

_FREE_TEXT = ("path", "method", "item", "original", "group", "target", "donor", "attributes")


def index_rows(
    dataset: str, items: Sequence[ListedItem], md5s: Sequence[str], crops: bool = False
) -> pd.DataFrame:
    """Build the index table; a group is a connected component of items that share a source id.

    Raises
    ------
    InputError
        Two files have the same key, a name cannot be used as a file name, or an attribute has a
        reserved name.
    """
    for item in items:
        if reserved := sorted(item.attributes.keys() & set(RESERVED)):
            raise InputError(
                f"{item.path}: no attribute of a dataset can be called '{reserved[0]}', which the "
                "stage explain breaks errors down by itself: give it another name"
            )
    table = pd.DataFrame(
        {
            "dataset": dataset,
            "method": [item.method for item in items],
            "item": [item.item for item in items],
            "path": [item.path for item in items],
            "kind": [CROP if crops else _kind(item) for item in items],
            "label": [item.label for item in items],
            "group": components([item.source_ids for item in items]),
            "target": [item.source_ids[0] for item in items],
            "donor": [item.donor for item in items],
            "original": [item.original for item in items],
            "official_split": [item.official_split for item in items],
            "attributes": [to_text(item.attributes) for item in items],
            "md5": list(md5s),
        }
    )
    _check_names(table)
    return table


def _kind(item: ListedItem) -> str:
    return FRAME_FOLDER if item.frames else kind(item.path)


def _check_names(table: pd.DataFrame) -> None:
    for row in table.itertuples():
        if not all(_is_text(getattr(row, column)) for column in _FREE_TEXT):
            raise InputError(
                f"{row.path!r}: a name or path is not valid UTF-8, or holds NUL: rename it"
            )
        if "/" in row.method or {row.method, *row.item.split("/")} & {"", ".", ".."}:
            raise InputError(
                f"{row.path}: method '{row.method}' and item '{row.item}' cannot name a file"
            )
    twice = table[table.duplicated(KEY, keep=False)].sort_values([*KEY, "path"])
    if len(twice):
        first, second = twice["path"].iloc[:2]
        raise InputError(
            f"{first} and {second} would both be called {'/'.join(twice[KEY].iloc[0])}: "
            "keep one of them"
        )


def _is_text(name: str) -> bool:
    """Return whether a name can be written as UTF-8 and contains no NUL."""
    return "\0" not in name and name == name.encode(errors="ignore").decode()


def index_metrics(table: pd.DataFrame, problems: pd.DataFrame, skipped: int) -> dict[str, int]:
    """Count items by label and method, groups, and problems.

    Parameters
    ----------
    table : DataFrame
        The index table.
    problems : DataFrame
        The problem table.
    skipped : int
        Number of files that the layout knows but does not index.

    Raises
    ------
    InputError
        The table has no rows.
    """
    if table.empty:
        raise InputError("no item is left: every one has a problem")
    reals = set(table.loc[table["label"] == "real", "item"])
    named = table.loc[table["original"] != "", "original"]
    groups = table.groupby("group").size()
    return {
        "items": len(table),
        **{f"items_{label}": int((table["label"] == label).sum()) for label in LABELS},
        **{f"method_{method}": len(rows) for method, rows in table.groupby("method")},
        "groups": len(groups),
        "largest_group_items": int(groups.max()),
        "fakes_whose_original_is_absent": int((~named.isin(reals)).sum()),
        "files_not_indexed_by_layout": skipped,
        **{
            f"problem_{problem}": int((problems["problem"] == problem).sum())
            for problem in IndexParams.model_fields
        },
    }
