"""140k Real and Fake Faces (Kaggle, xhlulu): pictures in ``{train,valid,test}/{real,fake}``."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.listed_item import REAL, ListedItem, official_split

LOOKS_FOR = "real_vs_fake/real-vs-fake/{train,valid,test}/{real,fake}/*.jpg"

_PICTURE = re.compile(r"(?:.*/)?(train|valid|test)/(real|fake)/([^/]+)\.[^./]+")


def read(folder: Folder) -> Iterator[ListedItem]:
    """Make each picture its own group: reals are from FFHQ, fakes from StyleGAN, without names."""
    for path in folder.media_files:
        if match := _PICTURE.fullmatch(path):
            split, label, name = match.groups()
            yield ListedItem(
                path=path,
                label=label,
                method=REAL if label == REAL else "StyleGAN",
                item=f"{split}/{name}",
                source_ids=(path,),
                official_split=official_split(split, path),
            )
