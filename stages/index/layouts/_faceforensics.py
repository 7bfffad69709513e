"""The folders that FaceForensics++'s download script creates for FaceForensics++ and DFD."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import ListedItem, Skipped

_VIDEO = re.compile(
    r"(?:.*/)?(?:original|manipulated)_sequences/([^/]+)/(raw|c0|c23|c40)/videos/([^/]+)\.[^./]+"
)


def videos(
    folder: Folder, compression: str, describe: Callable[[str, str], dict[str, Any] | None]
) -> Iterator[ListedItem | Skipped]:
    """List the videos of one compression and skip other files of the download script.

    Parameters
    ----------
    folder : Folder
        The dataset's folder.
    compression : str
        ``raw``, ``c23`` or ``c40``; empty if the folder holds only one.
    describe : callable
        Called with the folder of a sequence and a video's name; returns fields of `ListedItem`, or
        None for a video of the other dataset.

    Raises
    ------
    InputError
        The folder holds several compressions, and none is chosen.
    """
    found = {}
    for path in folder.media_files:
        match = _VIDEO.fullmatch(path)
        about = describe(match[1], match[3]) if match else None
        if match and about:
            found[path] = ("raw" if match[2] == "c0" else match[2], match[3], about)
        elif match or "/masks/" in path or "downloaded_videos/" in path:
            yield Skipped(path)
    levels = sorted({level for level, *_ in found.values()})
    if not compression and len(levels) > 1:
        raise InputError(
            f"{folder.root} holds several compressions ({', '.join(levels)}): name one of them in "
            "the layout, such as faceforensics_c23 or dfd_c23"
        )
    for path, (level, name, about) in found.items():
        if compression in ("", level):
            yield ListedItem(path=path, item=name, attributes={"compression": level}, **about)
        else:
            yield Skipped(path)
