"""The description of a file by its layout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        Path relative to the dataset's folder, with ``/``: of a file, or of the folder with the
        pictures of one video.
    label : str
        "real" or "fake"; anything else is reported as an unknown label.
    method : str
        Manipulation method; "real" for pristine items, "fake" if the owners do not name it.
    item : str
        Short name, unique within the dataset and method.
    source_ids : tuple of str
        Names of the source clips, persons or scenes that the item shows; the first is the one
        whose video it is (the target). Items that share a name, directly or through other items,
        form one group.
    original : str
        `item` of the real that a fake was made from; empty if unknown.
    official_split : str
        The owners' split: "train", "val" or "test"; empty if there is none.
    donor : str
        The entry of `source_ids` whose face or expression was put in; empty if unknown.
    attributes : mapping of str to str
        What else is known of the item, such as ``{"compression": "c23"}``: errors are broken down
        by each. Names and values are not empty.
    frames : bool
        Whether `path` is a folder, whose pictures are the frames of one video.
    """

    path: str
    label: str
    method: str
    item: str
    source_ids: tuple[str, ...]
    original: str = ""
    official_split: str = ""
    donor: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    frames: bool = False


@dataclass(frozen=True)
class Skipped:
    """A file that the layout knows but does not index, such as a mask."""

    path: str


def stem(path: str) -> str:
    """Return the file's name without folder and suffix."""
    return PurePosixPath(path).stem


def official_split(name: str, where: str) -> str:
    """Translate the owners' name of a split; `where` names the file in error messages.

    Raises
    ------
    InputError
        The name is unknown.
    """
    if name.lower() not in _SPLITS:
        raise InputError(f"{where}: unknown split '{name}', expected one of {', '.join(_SPLITS)}")
    return _SPLITS[name.lower()]
