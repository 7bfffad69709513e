"""DeeperForensics 1.0: ``manipulated_videos/<variant>/<target>_<source>.mp4``."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped, stem

LOOKS_FOR = (
    "manipulated_videos/end_to_end/000_M101.mp4 …, lists/splits/train.txt …, and for the reals "
    "target_videos/000.mp4 …"
)

_FAKE = re.compile(r"(?:.*/)?manipulated_videos/([^/]+)/(?:videos/)?((\d{3})_([MW]\d{3}))\.[^./]+")
_REAL = re.compile(r"(?:.*/)?(?:target_videos|youtube/c23/videos)/(\d{3})\.[^./]+")


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """Group items by target and source actor, as the owners ask for.

    The reals are the target videos, which the owners do not ship (FaceForensics++ c23, youtube).
    The ``source_videos`` only provide the faces and do not count as reals, so they are skipped.
    """
    splits = {
        name[:3]: split
        for split in ("train", "val", "test")
        for listing in folder.named(f"{split}.txt")
        for line in folder.text(listing).splitlines()
        if (name := stem(line.strip()))
    }
    for path in folder.media_files:
        if match := _FAKE.fullmatch(path):
            yield ListedItem(
                path=path,
                label=FAKE,
                method=match[1],
                item=match[2],
                source_ids=(f"ffpp {match[3]}", match[4]),
                donor=match[4],
                original=match[3],
                official_split=splits.get(match[3], ""),
            )
        elif match := _REAL.fullmatch(path):
            name = match[1]
            yield ListedItem(
                path, REAL, REAL, name, (f"ffpp {name}",), official_split=splits.get(name, "")
            )
        elif "source_videos/" in path:
            yield Skipped(path)
