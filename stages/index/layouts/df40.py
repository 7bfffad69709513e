"""DF40: ``<method>/<domain>/…/<video>/<frame>.png``, fakes of 31 methods, both labels of 9."""

import re
from collections.abc import Iterator, Sequence

from stages.common.suffixes import kind
from stages.index.folder import Folder
from stages.index.layouts._source_names import shared_sources
from stages.index.layouts._videos import videos
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped

LOOKS_FOR = "<method>/{ff,cdf}/…/<video>/<frame>.png or <method>/{real,fake}/…, such as simswap/ff/"

_WRAPPERS = re.compile(r"df40(?:[_-]?(train|test)\w*)?|(train|test)", re.I)
_SUFFIX = re.compile(r"(?<=.)(?:_(?:new|train|test|ff|cdf))+$", re.I)
_DOMAINS = {"ff", "cdf"}
_REALS = {"original_sequences", "celeb-real", "youtube-real"}
_DATASETS = re.compile(r"faceforensics(\+\+)?|ff\+\+|celeb-?df.*", re.I)
_SIGNS = {REAL, FAKE, *_DOMAINS, *_REALS}
_NO_VIDEOS = {"frames", "inversions", *_SIGNS}


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """List each video, grouped by the identities in its name.

    Folder names differ between downloads, so only their common parts are used: the first folder is
    the method, after wrappers such as ``DF40_train``, which give the split, and the folder of a
    picture is its video. Pictures whose folder is none, such as ``real`` and ``inversions``, are
    items of their own.
    """
    for path, frames, (split, parts) in videos(folder, _parts):
        *folders, name = parts
        if "masks" in folders:
            yield from map(Skipped, folder.pictures[path] if frames else [path])
            continue
        label = _label(folders)
        below = folders if label == REAL else folders[1:]
        of_a_video = frames or kind(path) == "video"
        sources = (shared_sources(name, folders) if of_a_video else ()) or (path,)
        yield ListedItem(
            path=path,
            label=label,
            method=REAL if label == REAL else _SUFFIX.sub("", folders[0]),
            item="/".join([*below, path.rpartition("/")[2]]),
            source_ids=sources,
            donor=sources[1] if len(sources) > 1 else "",
            official_split=split,
            frames=frames,
        )


def _parts(path: str) -> tuple[str, list[str]] | None:
    """Return the official split and the path from the method on, or None if it has none."""
    parts = path.split("/")
    split, known = "", not _SIGNS.isdisjoint(part.lower() for part in parts[:-1])
    if len(parts) > 2 and parts[1].lower().startswith("df40"):
        parts = parts[1:]
    while wrapper := _WRAPPERS.fullmatch(parts[0]):
        split, known = (wrapper[1] or wrapper[2] or split).lower(), True
        parts = parts[1:] or [""]
    if len(parts) < 2 or not known or parts[-1].lower() in _NO_VIDEOS:
        return None
    return split, parts


def _label(folders: Sequence[str]) -> str:
    """Tell the label of a path, or why it is not clear.

    All that a method has of a domain are fakes, also in folders with the names of reals: those of
    e4e are inversions of them. Reals are in a folder ``real``, or below their own dataset's folder.
    """
    names = [name.lower() for name in folders]
    reals = not _REALS.isdisjoint(names)
    if not _DOMAINS.isdisjoint(names[1:]):
        return FAKE if REAL not in names else "real, in a folder ff or cdf, which holds fakes"
    if REAL in names and FAKE in names:
        return "real and fake"
    if REAL in names or FAKE in names:
        return REAL if REAL in names else FAKE
    if reals:
        if names[0] in {*_REALS, *_DOMAINS} or _DATASETS.fullmatch(names[0]):
            return REAL
        return f"a folder of reals below {folders[0]}, which is neither their dataset nor ff or cdf"
    return FAKE if names[0] not in _DOMAINS else f"in {folders[0]} without a method above"
