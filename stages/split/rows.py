"""Items and faces of all datasets in one table each."""

from collections.abc import Mapping

import pandas as pd

from stages.common import table
from stages.common.archive import item_path
from stages.common.table import KEY
from stages.common.tables.faces import FACES, FACES_ROOT, crops_folder, faces_path
from stages.common.tables.index import INDEX, index_path
from stages.split.datasets import DatasetParams

_OF_ITEM = ["group", "target", "donor", "original"]


def read_items(datasets: Mapping[str, DatasetParams]) -> pd.DataFrame:
    """Rows of every index table, with ``role``; sources and groups become unique over datasets."""
    parts = []
    for name, dataset in datasets.items():
        rows = table.read(index_path(name), INDEX)
        unique = {column: name + "/" + rows[column] for column in ("group", "target", "donor")}
        unique["donor"] = unique["donor"].where(rows["donor"] != "", "")
        parts.append(rows.assign(role=dataset.role, **unique))
    return pd.concat(parts).sort_values(KEY, ignore_index=True)


def read_faces(items: pd.DataFrame) -> pd.DataFrame:
    """Faces of `items`, with what these say of them, and the crops' archive."""
    parts = []
    for (role, dataset), rows in items.groupby(["role", "dataset"]):
        folder = crops_folder(role, dataset).relative_to(FACES_ROOT)
        archives = [
            item_path(folder, method, name).as_posix()
            for method, name in zip(rows["method"], rows["item"], strict=True)
        ]
        about = rows[[*KEY, "label", *_OF_ITEM, "split"]].assign(archive=archives)
        parts.append(table.read(faces_path(role, dataset), FACES).merge(about, on=KEY))
    return pd.concat(parts, ignore_index=True)


def counted(items: pd.DataFrame, faces: pd.DataFrame) -> pd.DataFrame:
    """`items` with the number of their ``faces``."""
    counts = faces.groupby(KEY).size().rename("faces")
    return items.join(counts, on=KEY).fillna({"faces": 0})
