"""DF40: ``<method>/<domain>/…/<video>/<frame>.png``, fakes of 31 methods, both labels of 9."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.layouts._source_names import shared_sources
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped

LOOKS_FOR = "<method>/{ff,cdf}/…/<video>/<frame>.png or <method>/{real,fake}/…, such as simswap/ff/"

_WRAPPERS = re.compile(r"df40(?:[_-]?(train|test)\w*)?|(train|test)", re.I)
_SUFFIX = re.compile(r"(?<=.)(?:_(?:new|train|test|ff|cdf))+$", re.I)
_SIGNS = {"ff", "cdf", REAL, FAKE}
_REALS = {"real", "original_sequences", "celeb-real", "youtube-real"}


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """List each picture as an item, grouped by the identities in its video's name.

    Folder names differ between downloads, so only their common parts are used: the first folder is
    the method, after wrappers such as ``DF40_train``, which give the split; a folder ``real`` or
    one of the reals of FaceForensics++ or Celeb-DF marks a real; and the folder of a picture is its
    video.
    """
    for path in folder.media_files:
        *folders, name = path.split("/")
        split, known = "", not _SIGNS.isdisjoint(folders)
        while folders and (wrapper := _WRAPPERS.fullmatch(folders[0])):
            split, known = (wrapper[1] or wrapper[2] or split).lower(), True
            folders = folders[1:]
        if not folders or not known:
            continue
        if "masks" in folders:
            yield Skipped(path)
            continue
        real = not _REALS.isdisjoint(part.lower() for part in folders)
        below = folders if real else folders[1:]
        yield ListedItem(
            path=path,
            label=REAL if real else FAKE,
            method=REAL if real else _SUFFIX.sub("", folders[0]),
            item="/".join([*below, name]),
            source_ids=(source_ids := _source_ids(path, folders)),
            donor=source_ids[1] if len(source_ids) > 1 else "",
            official_split=split,
        )


def _source_ids(path: str, folders: list[str]) -> tuple[str, ...]:
    """Return the persons of Celeb-DF, the clips of FaceForensics++, or else the video's folder."""
    video = folders[-1]
    if shared := shared_sources(video, folders):
        return shared
    return (path if video.lower() in (REAL, FAKE, "frames") else "/".join(folders),)
