"""Dacon's deepfake challenge: a folder per class, with nested folders of pictures per video."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.index.folder import Folder, kind
from stages.index.listed_item import FAKE, ListedItem

LOOKS_FOR = (
    "pictures or videos below a folder real and a folder fake, such as "
    "deepfake_1st/fake/CW/20200819/<who>/<method>/<video>/<frame>.jpg"
)

_ITEM = re.compile(r"(?:.*?/)??(real|fake)/(.+)", re.I)
_FOLDERS_OF_A_FAKE = 5


def read(folder: Folder) -> Iterator[ListedItem]:
    """Treat a folder of pictures as a video, whose frames form one group.

    Persons and originals are unknown. The method of a fake is the folder above its video's, if the
    path is as deep as the loaders of two teams of the challenge expect.
    """
    for path in folder.media_files:
        if match := _ITEM.fullmatch(path):
            label, below = match[1].lower(), PurePosixPath(match[2])
            *above, _ = below.parts
            named = label == FAKE and len(above) == _FOLDERS_OF_A_FAKE
            of_a_video = kind(path) == "image" and above
            yield ListedItem(
                path=path,
                label=label,
                method=above[-2] if named else label,
                item=str(below),
                source_ids=(f"{label}/{below.parent}" if of_a_video else path,),
            )
