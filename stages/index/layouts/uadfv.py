"""UADFV: 49 videos and one fake of each, ``real/0000.mp4`` and ``fake/0000_fake.mp4``."""

import re
from collections.abc import Iterator

from stages.common.suffixes import kind
from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped

LOOKS_FOR = "real/0000.mp4 … and fake/0000_fake.mp4 …"

_VIDEO = re.compile(r"(?:.*/)?(real|fake)/(?:videos/)?(\d+)(_fake)?\.[^./]+")


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """Group each fake with the real of the same number; pictures of frames are skipped."""
    for path in folder.media_files:
        match = _VIDEO.fullmatch(path)
        if kind(path) == "image":
            yield Skipped(path)
        elif match and (match[1] == FAKE) == bool(match[3]):
            label, number = match[1], match[2]
            yield ListedItem(
                path=path,
                label=label,
                method=REAL if label == REAL else "FakeApp",
                item=number + (match[3] or ""),
                source_ids=(number,),
                original=number if label == FAKE else "",
            )
