"""The folders that FaceForensics++'s download script creates for FaceForensics++ and DFD."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.layouts._videos import videos as files_and_folders
from stages.index.listed_item import ListedItem, Skipped

_VIDEO = re.compile(
    r"(?:.*/)?((?:original|manipulated)_sequences/[^/]+)/(raw|c0|c23|c40)/"
    r"(?:videos|frames|images)/([^/]+)"
)


def videos(
    folder: Folder, compression: str, describe: Callable[[str, str], dict[str, Any] | None]
) -> Iterator[ListedItem | Skipped]:
    """List the videos of one compression and skip other files of the download script.

    A video may be a folder of its frames in ``frames/`` or ``images/``, beside ``videos/``.

    Parameters
    ----------
    folder : Folder
        The dataset's folder.
    compression : str
        ``raw``, ``c23`` or ``c40``; empty if the folder holds only one.
    describe : callable
        Called with the folder of a sequence, such as ``original_sequences/youtube``, and a video's
        name; returns fields of `ListedItem`, or None for a video of the other dataset.

    Raises
    ------
    InputError
        The folder holds several compressions, and none is chosen.
    """
    found = {}
    for path, frames, match in files_and_folders(folder, _VIDEO.fullmatch):
        pictures = folder.pictures[path] if frames else [path]
        if about := describe(match[1], match[3]):
            level = "raw" if match[2] == "c0" else match[2]
            found[path] = (level, pictures, {**about, "item": match[3], "frames": frames})
        else:
            yield from map(Skipped, pictures)
    for path in folder.media_files:
        if "/masks/" in path or "downloaded_videos/" in path:
            yield Skipped(path)
    levels = sorted({level for level, *_ in found.values()})
    if not compression and len(levels) > 1:
        raise InputError(
            f"{folder.root} holds several compressions ({', '.join(levels)}): name one of them in "
            "the layout, such as faceforensics_c23 or dfd_c23"
        )
    for path, (level, pictures, about) in found.items():
        if compression in ("", level):
            yield ListedItem(path=path, attributes={"compression": level}, **about)
        else:
            yield from map(Skipped, pictures)
