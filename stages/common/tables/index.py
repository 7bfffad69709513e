"""The index table: every item of a dataset, with the metadata of the dataset's owners."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.attributes import FORM
from stages.common.table import KEY, column, item_key

LABELS = ("real", "fake")
SPLITS = ("train", "val", "test")
RAW = Path("data/raw")
SHARED_SOURCES = ("celeb_df ", "dfd ", "ffpp ")
"""Prefixes of source names that are shared by all datasets: persons of Celeb-DF, actors of Google's
DFD and clips of FaceForensics++. Layouts of datasets derived from these use the same names; all
other names are local to their dataset."""
INDEX_ROOT = Path("data/index")
CROP = "crop"
FRAME_FOLDER = "frames"

INDEX = pa.DataFrameSchema(
    item_key()
    | {
        "path": column(
            str, "file, or folder of the pictures of one video, relative to data/raw/<dataset>"
        ),
        "kind": column(
            str,
            "video, image, frames: a folder of pictures; or crop: a picture, or a folder of them, "
            "each of which is one face (`datasets.<name>.crops`)",
            checks=pa.Check.isin(["video", "image", FRAME_FOLDER, CROP]),
        ),
        "label": column(str, "fake is the positive class", checks=pa.Check.isin(LABELS)),
        "group": column(
            str, "items of one group go to the same split, such as a fake and its original"
        ),
        "target": column(str, "source clip or person whose video it is"),
        "donor": column(
            str, "source clip or person whose face or expression was put in, empty if unknown"
        ),
        "original": column(str, "`item` of the real that a fake was made from, empty if unknown"),
        "official_split": column(
            str, "split of the dataset's owners, empty if none", checks=pa.Check.isin([*SPLITS, ""])
        ),
        "attributes": column(
            str,
            "what else the owners say of it, as `name=value;name=value` "
            "(stages/common/attributes.py), empty if nothing",
            checks=pa.Check.str_matches(FORM),
        ),
        "md5": column(
            str,
            "MD5 of the file's bytes; of a folder, of its pictures' MD5s",
            checks=pa.Check.str_matches("^[0-9a-f]{32}$"),
        ),
    },
    unique=KEY,
    strict=True,
    coerce=True,
)


def index_path(dataset: str) -> Path:
    """Return the path of the index table of `dataset`."""
    return INDEX_ROOT / f"{dataset}.csv"
