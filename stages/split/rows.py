"""Read the items and the faces of all datasets into one table each."""

from collections.abc import Mapping

import pandas as pd

from stages.common import table
from stages.common.archive import item_path
from stages.common.datasets import DatasetParams
from stages.common.table import KEY
from stages.common.tables.faces import FACES, FACES_ROOT, HASHES, crops_folder, faces_path
from stages.common.tables.index import INDEX, SHARED_SOURCES, index_path

_ITEM_COLUMNS = ["group", "target", "donor", "original"]


def read_items(datasets: Mapping[str, DatasetParams]) -> pd.DataFrame:
    """Read all index tables with ``role``; make groups and source ids unique across datasets."""
    parts = []
    for name, dataset in datasets.items():
        rows = table.read(index_path(name), INDEX)
        unique = {column: _unique(name, rows[column]) for column in ("group", "target", "donor")}
        parts.append(rows.assign(role=dataset.role, **unique))
    return pd.concat(parts).sort_values(KEY, ignore_index=True)


def _unique(dataset: str, names: pd.Series) -> pd.Series:
    """Put the dataset before each name that means something in it alone."""
    shared = names.str.startswith(SHARED_SOURCES) | (names == "")
    return names.where(shared, dataset + "/" + names)


def read_faces(items: pd.DataFrame) -> pd.DataFrame:
    """Read the face tables of all datasets of `items`."""
    datasets = items[["role", "dataset"]].drop_duplicates().sort_values(["role", "dataset"])
    tables = [table.read(faces_path(row.role, row.dataset), FACES) for row in datasets.itertuples()]
    return pd.concat(tables, ignore_index=True)


def hashes_of(faces: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Hashes of frames and of crops alike, with their items, as `same_pictures` takes them."""
    faces = faces[[*KEY, *HASHES]].merge(items[[*KEY, "path", "role"]], on=KEY)
    faces["place"] = faces["dataset"] + "/" + faces["path"]
    columns = [faces.rename(columns={column: "hash"}) for column in HASHES]
    hashes = pd.concat(columns)[["hash", "place", "dataset", "role"]]
    return hashes[hashes["hash"] != ""]


def with_items(faces: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Faces of `items`, with their items' columns and the archives of their crops."""
    archives = [
        item_path(crops_folder(row.role, row.dataset), row.method, row.item)
        for row in items[["role", *KEY]].itertuples()
    ]
    about = items[[*KEY, "label", *_ITEM_COLUMNS, "split"]].assign(
        archive=[archive.relative_to(FACES_ROOT).as_posix() for archive in archives]
    )
    return faces.drop(columns=HASHES).merge(about, on=KEY)


def counted(items: pd.DataFrame, faces: pd.DataFrame) -> pd.DataFrame:
    """`items` with the number of their ``faces``."""
    counts = faces.groupby(KEY).size().rename("faces")
    return items.join(counts, on=KEY).fillna({"faces": 0})
