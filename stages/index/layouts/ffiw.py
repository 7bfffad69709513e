"""FFIW-10K: ``source/`` with videos of several persons, ``target/`` with one face swapped."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped, official_split

LOOKS_FOR = (
    "FFIW10K-v1-release/{source,target}/{train,val}/*.mp4 or "
    "FFIW10K-v1-release-test/{source,target}/test/*.mp4"
)

_LABELS = {"source": REAL, "target": FAKE}
_VIDEO = re.compile(
    r"(?:.*/)?(source|target|target_mask)/(train|val|test)/(?:videos/)?([^/]+)\.[^./]+"
)


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """Join what has one name in one split, and leave out the masks of ``target_mask``.

    The owners say neither that a fake has the name of its original, nor who is seen.
    """
    for path in folder.media_files:
        if not (match := _VIDEO.fullmatch(path)):
            continue
        kind, split, name = match.groups()
        if kind not in _LABELS:
            yield Skipped(path)
            continue
        yield ListedItem(
            path=path,
            label=_LABELS[kind],
            method=_LABELS[kind],
            item=f"{split}/{name}",
            source_ids=(f"{split}/{name}",),
            official_split=official_split(split, path),
        )
