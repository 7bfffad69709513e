"""KoDF: ``original_videos/`` and ``synthesized_videos/<method>/<date>/<actor>/``."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = (
    "original_videos/…/<actor>_<number>.mp4 and "
    "synthesized_videos/<method>/…/<target>_<donor>_<code>_<number>.mp4"
)

_REAL = re.compile(r"(?:.*/)?original_videos/(?:.*/)?(([^/_]+)_[^/_]+)\.[^./]+")
_FAKE = re.compile(
    r"(?:.*/)?synthesized_videos/([^/]+)/(?:.*/)?(([^/_]+)_([^/_]+)_[^/_]+_[^/_]+)\.[^./]+"
)


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group items by actor: a fake joins the groups of its target and its donor.

    Names say whose clip a fake was made from, but not which of this actor's clips.
    """
    for path in folder.media_files:
        if match := _REAL.fullmatch(path):
            name, actor = match.groups()
            yield ListedItem(path, REAL, REAL, name, (actor,))
        elif match := _FAKE.fullmatch(path):
            method, name, target, source = match.groups()
            donor = source if source != target else ""
            yield ListedItem(
                path=path,
                label=FAKE,
                method=method,
                item=name,
                source_ids=(target, donor) if donor else (target,),
                donor=donor,
            )
