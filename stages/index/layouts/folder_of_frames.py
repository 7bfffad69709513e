"""Any folder with ``real/<video>/`` and ``fake/<video>/``, each with the frames of one video."""

from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.layouts import folder as by_label
from stages.index.listed_item import ListedItem

LOOKS_FOR = f"folders of frames, such as real/<video>/001.png: {by_label.LOOKS_FOR}"


def read(folder: Folder) -> Iterator[ListedItem]:
    """Make each folder of pictures a video, and each other file an item of its own."""
    yield from by_label.read(folder, frames=True)
