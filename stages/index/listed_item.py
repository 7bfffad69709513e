"""What a layout says about a file."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from stages.common.errors import InputError

REAL = "real"
FAKE = "fake"

_SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
    "": "",
}


@dataclass(frozen=True)
class ListedItem:
    """One item as its owners describe it.

    Attributes
    ----------
    path : str
        File, relative to the dataset's folder, with ``/``.
    label : str
        "real" or "fake"; anything else is reported as an unknown label.
    method : str
        Manipulation method, "real" for pristine items, "fake" if the owners do not name it.
    items : str
        Short name, unique within the dataset and method.
    source_ids : tuple of str
        Names of the source clips, persons or scenes that the item shows, first the one whose video
        it is (the target). Items that share one are in one group, and so on along the chain.
    donor : str
        The one of `source_ids` whose face or expression was put in, empty if unknown.
    original : str
        `items` of the real that a fake was made from, empty if unknown.
    official_split : str
        "train", "val" or "test" of the dataset's owners, empty if none.
    """

    path: str
    label: str
    method: str
    item: str
    source_ids: tuple[str, ...]
    original: str = ""
    official_split: str = ""
    donor: str = ""


@dataclass(frozen=True)
class Skipped:
    """A file that the layout knows and does not index, such as a mask."""

    path: str


def stem(path: str) -> str:
    """The file's name without folder and suffix."""
    return PurePosixPath(path).stem


def official_split(name: str, where: str) -> str:
    """Translate the owners' name of a split; `where` names the file in the error.

    Raises
    ------
    InputError
        The name means nothing known.
    """
    if name.lower() not in _SPLITS:
        raise InputError(f"{where}: unknown split '{name}', expected one of {', '.join(_SPLITS)}")
    return _SPLITS[name.lower()]
