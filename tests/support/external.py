"""Files of scores as other programs write them."""

import json
from pathlib import Path

import pandas as pd

from stages.common import table
from stages.common.table import KEY
from stages.common.tables.index import INDEX, index_path

FOUR = pd.DataFrame(
    [
        ("made", "real", "one", "real", 0.25),
        ("made", "swap", "one", "fake", 0.5),
        ("made", "blend", "two", "fake", 1.0),
        ("other", "real", "three", "real", 0.125),
    ],
    columns=[*KEY, "label", "score"],
)
"""Scores of items of two datasets, two of one name."""


def index_of(items: pd.DataFrame) -> pd.DataFrame:
    """Rows of an index: the media file of an item is ``<method>/videos/<item>.mp4``."""
    return items.assign(
        path=items["method"] + "/videos/" + items["item"] + ".mp4",
        kind="video",
        group=items["item"],
        target=items["item"],
        donor="",
        original="",
        official_split="",
        md5="0" * 32,
    )


def write_indexes(items: pd.DataFrame) -> None:
    """Write the index tables of items."""
    for dataset, rows in index_of(items).groupby("dataset"):
        table.write(index_path(dataset), rows, INDEX)


def write_csv(scores: pd.DataFrame, path: Path) -> None:
    """By item, with a column that means nothing to us."""
    scores.assign(seconds=1.5)[[*KEY, "seconds", "score"]].to_csv(path, index=False)


def write_dfdc(scores: pd.DataFrame, path: Path) -> None:
    """By media file; Kaggle's have no folder, but names that no two files share."""
    names = scores["method"] + "/" + scores["item"] + ".mp4"
    pd.DataFrame({"filename": names, "label": scores["score"]}).to_csv(path, index=False)


def write_deepfakebench(scores: pd.DataFrame, path: Path) -> None:
    """By frame, with Windows' paths; two of its datasets hold the same reals."""
    content = {}
    for name, rows in {"FF-DF": scores, "FF-FS": scores[scores["label"] == "real"]}.items():
        folders = "datasets\\rgb\\" + rows["method"] + "\\frames\\" + rows["item"]
        content[name] = {
            "image": [f"{folder}\\{frame}.png" for folder in folders for frame in ("000", "045")],
            "pred": [score for score in rows["score"] for _ in range(2)],
            "acc": 0.5,
        }
    path.write_text(json.dumps(content))


WRITERS = {"csv": write_csv, "dfdc": write_dfdc, "deepfakebench": write_deepfakebench}
"""Writes items with ``score``, one writer for each format."""
