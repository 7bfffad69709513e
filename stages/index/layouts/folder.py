"""Any folder with ``real/`` and ``fake/``: pictures, videos or both, at any depth."""

from collections.abc import Iterable, Iterator

from stages.common.errors import InputError, first_of
from stages.common.suffixes import kind
from stages.index.folder import Folder
from stages.index.layouts._labels import EXPECTED, label_of, labels_in, looks_like_a_label
from stages.index.listed_item import ListedItem

LOOKS_FOR = f"pictures or videos below folders such as real/ and fake/ ({EXPECTED})"


def read(folder: Folder, frames: bool = False) -> Iterator[ListedItem]:
    """Make each file its own group, since nothing is known about who or what it shows.

    With `frames`, each folder of pictures below a label is a video, and a group.

    Raises
    ------
    InputError
        A path names both labels, or a folder is called nearly like a label.
    """
    depth = _depth_of_labels(folder)
    _check(folder, depth)
    for path, of_video in _items(folder, frames):
        *above, name = path.split("/")
        label = label_of(above.pop(depth)) if len(above) > depth else ""
        if not label:
            continue
        yield ListedItem(
            path=path,
            label=label,
            method=label,
            item="/".join([*above, name]),
            source_ids=(path,),
            frames=of_video,
        )


def _items(folder: Folder, frames: bool) -> Iterator[tuple[str, bool]]:
    """Yield the path of each item, and whether it is a folder of frames."""
    videos = {
        top for top in folder.pictures if frames and top and not label_of(top.rpartition("/")[2])
    }
    yield from ((top, True) for top in videos)
    for path in folder.media_files:
        if kind(path) == "video" or path.rpartition("/")[0] not in videos:
            yield path, False


def _depth_of_labels(folder: Folder) -> int:
    """Return 0 if labels are at the top, 1 if they are in what an archive was unpacked as."""
    return 0 if any(label_of(path.partition("/")[0]) for path in folder.media_files) else 1


def _check(folder: Folder, depth: int) -> None:
    """Refuse folders whose names leave open which label they say."""
    places = {tuple(path.split("/")[:-1]) for path in folder.media_files}
    both = sorted("/".join(parts) for parts in places if len(labels_in(parts)) > 1)
    _refuse(folder, both, "names both labels: link or name a folder in which each path has one")
    doubtful = {
        "/".join(parts[: place + 1])
        for parts in places
        for place, name in enumerate(parts[: depth + 1])
        if looks_like_a_label(name) and not labels_in(parts)
    }
    _refuse(folder, sorted(doubtful), f"is no label: expected folders called {EXPECTED}")


def _refuse(folder: Folder, paths: Iterable[str], why: str) -> None:
    if listed := list(paths):
        raise InputError(f"{folder.root}: {', '.join(first_of(listed))}: {why}")
