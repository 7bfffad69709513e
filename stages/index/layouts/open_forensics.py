"""Faces of OpenForensics (Kaggle, manjilkarki): pictures in ``Dataset/<split>/{Real,Fake}/``."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.listed_item import ListedItem, official_split

LOOKS_FOR = "Dataset/{Train,Validation,Test}/{Real,Fake}/*.jpg"

_PICTURE = re.compile(r"(?:.*/)?(Train|Validation|Test)/(Real|Fake)/([^/]+)\.[^./]+")


def read(folder: Folder) -> Iterator[ListedItem]:
    """Make each picture its own group: from which of the owners' it was cut is not said."""
    for path in folder.media_files:
        if match := _PICTURE.fullmatch(path):
            split, label, name = match.groups()
            yield ListedItem(
                path=path,
                label=label.lower(),
                method=label.lower(),
                item=f"{split}/{name}",
                source_ids=(path,),
                official_split=official_split(split, path),
            )
