"""GenD's crops: ``<dataset>/<source>/<video>/<frame>.png`` of many datasets, cut in one way."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.index.folder import Folder, kind
from stages.index.layouts._source_names import shared_sources
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = (
    "<dataset>/<source>/<video>/<frame>.png with a source 'real', such as FF/real/000/000.png, and "
    "FF/DF/000_003/000.png"
)

Picture = tuple[str, ...]
"""Dataset, source, video and frame: the last four parts of a path."""


def read(folder: Folder) -> Iterator[ListedItem]:
    """List each picture as an item, grouped by what its video's name says it was made from.

    As in the owners' code, reals are what lies in a source with "real" in its name, in lower case:
    Real3DPortrait is a method. Videos with the names of FaceForensics++, DFD or Celeb-DF are taken
    for theirs.
    """
    pictures = {path: _picture(path) for path in folder.media_files if kind(path) == "image"}
    if not any(picture and _is_real(picture) for picture in pictures.values()):
        return
    splits = _splits(folder)
    for path, picture in pictures.items():
        if not picture:
            continue
        dataset, source, video, _ = picture
        real = _is_real(picture)
        sources = shared_sources(video, [source]) or (f"{dataset} {video.removesuffix('_fake')}",)
        yield ListedItem(
            path=path,
            label=REAL if real else FAKE,
            method=REAL if real else f"{dataset}-{source}",
            item="/".join(picture),
            source_ids=sources,
            donor=sources[1] if len(sources) > 1 else "",
            official_split=splits.get(picture, ""),
        )


def _picture(path: str) -> Picture:
    parts = PurePosixPath(path).parts[-4:]
    return parts if len(parts) == 4 else ()


def _is_real(picture: Picture) -> bool:
    return REAL in picture[1]


def _splits(folder: Folder) -> dict[Picture, str]:
    """Map each picture of a list such as ``FF/test/DF.txt`` to the list's split."""
    return {
        _picture(line.strip()): split
        for listing in folder.lists
        if listing.endswith(".txt")
        and (split := PurePosixPath(listing).parent.name) in ("train", "val", "test")
        for line in folder.text(listing).splitlines()
    }
