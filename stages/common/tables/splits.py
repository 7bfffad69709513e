"""The split tables: the faces of each split with labels and groups, and the items of all splits."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key
from stages.common.tables.faces import FACE_COLUMNS
from stages.common.tables.index import INDEX, LABELS

SPLIT_NAMES = ("train", "val", "test", "unseen")

SPLIT = pa.DataFrameSchema(
    FACE_COLUMNS
    | {
        "label": column(str, "fake is the positive class", checks=pa.Check.isin(LABELS)),
        "group": column(str, "group, unique over all datasets: '<dataset>/<group>'"),
        "target": column(str, "whose video it is, unique over all datasets likewise"),
        "donor": column(str, "whose face or expression was put in likewise, empty if unknown"),
        "original": column(str, "`item` of the real that a fake was made from, empty if unknown"),
        "archive": column(str, "archive of the item's crops, relative to data/faces"),
    },
    unique=[*KEY, "frame", "track"],
    strict=True,
    coerce=True,
)

ITEMS_PATH = Path("data/split/items.csv")

ITEMS = pa.DataFrameSchema(
    item_key()
    | {
        "split": column(str, "train, val, test or unseen", checks=pa.Check.isin(SPLIT_NAMES)),
        "faces": column(int, "faces of the item in its split's table; may be none"),
    }
    | {name: SPLIT.columns[name] for name in ("label", "group", "target", "donor")}
    | {"attributes": INDEX.columns["attributes"]},
    unique=KEY,
    strict=True,
    coerce=True,
)


def split_path(split: str) -> Path:
    """Return the path of the table of one split."""
    return Path("data/split") / f"{split}.csv"
