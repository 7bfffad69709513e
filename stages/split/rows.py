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
    """Read the faces of `items`, with their items' columns and the archives of their crops."""
    parts = []
    for (role, dataset), rows in items.groupby(["role", "dataset"]):
        folder = crops_folder(role, dataset).relative_to(FACES_ROOT)
        archives = [
            item_path(folder, method, name).as_posix()
            for method, name in zip(rows["method"], rows["item"], strict=True)
        ]
        about = rows[[*KEY, "label", *_ITEM_COLUMNS, "split"]].assign(archive=archives)
        parts.append(_faces(role, dataset).drop(columns=HASHES).merge(about, on=KEY))
    return pd.concat(parts, ignore_index=True)


def read_hashes(items: pd.DataFrame) -> pd.DataFrame:
    """Read the hashes of `items`, of frames and of crops alike, as `same_pictures` takes them."""
    parts = []
    for (role, dataset), rows in items.groupby(["role", "dataset"]):
        faces = _faces(role, dataset)[[*KEY, *HASHES]].merge(rows[[*KEY, "path"]], on=KEY)
        hashes = pd.concat([faces[column] for column in HASHES])
        places = (dataset + "/" + faces["path"]).loc[hashes.index]
        of_dataset = pd.DataFrame({"hash": hashes, "place": places})
        parts.append(of_dataset[hashes != ""].assign(dataset=dataset, role=role))
    return pd.concat(parts, ignore_index=True)


def _faces(role: str, dataset: str) -> pd.DataFrame:
    return table.read(faces_path(role, dataset), FACES)


def counted(items: pd.DataFrame, faces: pd.DataFrame) -> pd.DataFrame:
    """`items` with the number of their ``faces``."""
    counts = faces.groupby(KEY).size().rename("faces")
    return items.join(counts, on=KEY).fillna({"faces": 0})
