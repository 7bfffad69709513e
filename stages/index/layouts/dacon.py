"""Dacon's deepfake challenge: a folder per class, with nested folders of pictures per video."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.layouts._videos import videos
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = (
    "pictures or videos below a folder real and a folder fake, such as "
    "deepfake_1st/fake/CW/20200819/<who>/<method>/<video>/<frame>.jpg"
)

_BELOW = re.compile(r"(?:.*?/)??(real|fake)/(.+)", re.I)
_FOLDERS_OF_A_FAKE = 5


def read(folder: Folder) -> Iterator[ListedItem]:
    """Treat a folder of pictures as a video.

    Persons and originals are unknown. The method of a fake is the folder above its video's, if the
    path is as deep as the loaders of two teams of the challenge expect. A path that names both
    labels has none.
    """
    for path, frames, match in videos(folder, _BELOW.fullmatch):
        label = match[1].lower()
        _, *below = path[match.start(1) :].split("/")
        folders = below if frames else below[:-1]
        other = FAKE if label == REAL else REAL
        clear = other not in map(str.lower, folders)
        named = label == FAKE and len(folders) == _FOLDERS_OF_A_FAKE
        yield ListedItem(
            path=path,
            label=label if clear else f"{label}, with a folder {other} below",
            method=folders[-2] if named else label,
            item="/".join(below),
            source_ids=(f"{label}/{'/'.join(below)}" if frames else path,),
            frames=frames,
        )
