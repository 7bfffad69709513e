"""Any folder with ``real/`` and ``fake/``: pictures, videos or both, at any depth."""

from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = "pictures or videos below real/ and fake/"


def read(folder: Folder) -> Iterator[ListedItem]:
    """Make each file its own group, since nothing is known about who or what it shows."""
    for path in folder.media_files:
        top, _, below = path.partition("/")
        if below and top in (REAL, FAKE):
            yield ListedItem(path, label=top, method=top, item=below, source_ids=(path,))
