"""GenD's crops: ``<dataset>/<source>/<video>/<frame>.png`` of many datasets, cut in one way."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.index.folder import Folder
from stages.index.layouts._source_names import shared_sources
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = (
    "<dataset>/<source>/<video>/<frame>.png with a source 'real', such as FF/real/000/000.png, and "
    "FF/DF/000_003/000.png"
)

_REAL = re.compile(r"(?<![a-z])real(?![a-z])")
_FAKE = re.compile(r"fake|synthe|inver", re.I)

Video = tuple[str, ...]
"""Dataset, source and video: the last three folders of a picture's path."""


def read(folder: Folder) -> Iterator[ListedItem]:
    """List each video, grouped by what its name says it was made from.

    As in the owners' code, reals are what lies in a source with "real" in its name, in lower case:
    Real3DPortrait is a method. Here it must be a word, and a source that has words of both labels
    has none. Videos with the names of FaceForensics++, DFD or Celeb-DF are taken
    for theirs.
    """
    found = {path: named for path in folder.pictures if (named := _video(path))}
    if not any(_label(source) == REAL for _, source, _ in found.values()):
        return
    splits = _splits(folder)
    for path, (dataset, source, video) in found.items():
        label = _label(source)
        sources = shared_sources(video, [source]) or (f"{dataset} {video.removesuffix('_fake')}",)
        yield ListedItem(
            path=path,
            label=label,
            method=REAL if label == REAL else f"{dataset}-{source}",
            item=f"{dataset}/{source}/{video}",
            source_ids=sources,
            donor=sources[1] if len(sources) > 1 else "",
            official_split=splits.get((dataset, source, video), ""),
            frames=True,
        )


def _video(path: str) -> Video:
    parts = PurePosixPath(path).parts[-3:]
    return parts if len(parts) == 3 else ()


def _label(source: str) -> str:
    if not _REAL.search(source):
        return FAKE
    return REAL if not _FAKE.search(source) else f"real and fake, by the name of {source}"


def _splits(folder: Folder) -> dict[Video, str]:
    """Map each video with a picture in a list such as ``FF/test/DF.txt`` to the list's split."""
    return {
        _video(line.strip().rpartition("/")[0]): split
        for listing in folder.lists
        if listing.endswith(".txt")
        and (split := PurePosixPath(listing).parent.name) in ("train", "val", "test")
        for line in folder.text(listing).splitlines()
    }
