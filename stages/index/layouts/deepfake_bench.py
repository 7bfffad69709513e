"""DeepfakeBench's preprocessed form: ``<dataset>.json`` files and ``…/frames/<video>/<n>.png``."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

from stages.common.errors import InputError
from stages.common.suffixes import kind
from stages.index.folder import Folder
from stages.index.layouts._source_names import shared_sources
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped, official_split, stem

LOOKS_FOR = (
    "Celeb-DF-v2.json, FaceForensics++.json … beside Celeb-DF-v2/…/frames/<video>/<n>.png, "
    "FaceForensics++/…"
)

_FOLDERS = (
    *("FaceForensics++", "Celeb-DF-v1", "Celeb-DF-v2", "DFDCP", "DFDC", "DeeperForensics-1.0"),
    "UADFV",
)
_LISTS = {*_FOLDERS, "FF-DF", "FF-F2F", "FF-FS", "FF-NT", "FaceShifter", "DeepFakeDetection"}
_PATH = re.compile(rf"(?:.*/)?((?:{'|'.join(map(re.escape, _FOLDERS))})/(?:.+/)?[^/]+/[^/]+)")
_COMPRESSION = re.compile(r"FaceForensics\+\+/.*/(raw|c0|c23|c40)/frames/")
_DEEPER = re.compile(r"(\d{3})_([MW]\d{3})")  # the target, the donor
_DFDCP = re.compile(r"(?:(\d+)_)?(\d+)_[A-Z]+_\d+")  # the donor if it is a fake, the target


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """List each video, grouped by what it was made from.

    Lists name pictures by their place on their maker's disk, so they are compared from the folder
    of a dataset on. They may name more than was downloaded: of folders of frames that are not on
    disk, nothing is asked for. Masks, videos and DeeperForensics' ``source_videos``, which its list
    calls real, are left out.
    """
    names = {path: name for path in folder.media_files if (name := _from_dataset(path))}
    on_disk = set(names.values())
    _check_compression(folder, on_disk)
    present = {PurePosixPath(name).parent.parent for name in on_disk}
    originals = _originals(folder)
    videos: dict[str, list[str]] = {}
    for path in folder.pictures:
        videos.setdefault(_from_dataset(f"{path}/0.png").removesuffix("/0.png"), []).append(path)
    listed: dict[str, dict[str, tuple[str, str]]] = {}
    for name, about in sorted(_listed(folder).items()):
        if not _left_out(name) and PurePosixPath(name).parent.parent in present:
            listed.setdefault(name.rpartition("/")[0], {})[name] = about
    for video, pictures in listed.items():
        for path in videos.get(video, [video]):
            yield _item(path, video, set(pictures.values()), originals)
        if video in videos:
            absent = sorted(pictures.keys() - on_disk)
            yield from (ListedItem(name, REAL, REAL, name, (name,)) for name in absent)
    yield from (Skipped(path) for path, name in names.items() if _left_out(name))


def _item(
    path: str, video: str, about: set[tuple[str, str]], originals: dict[str, str]
) -> ListedItem:
    """Describe a video by what lists say about its pictures."""
    methods, splits = ({values[place] for values in about} for place in (0, 1))
    if len(methods) > 1:
        raise InputError(
            f"{path}: lists give its pictures several methods ({', '.join(sorted(methods))})"
        )
    (method,) = methods
    sources = _sources(video, originals)
    return ListedItem(
        path=path,
        label=_label(method),
        method=method,
        item=video,
        source_ids=sources,
        donor=sources[1] if len(sources) > 1 else "",
        official_split=splits.pop() if len(splits) == 1 else "",
        frames=True,
    )


def _from_dataset(path: str) -> str:
    """Return the path from a dataset's folder on, with ``/``; empty if there is none."""
    match = _PATH.fullmatch(path.replace("\\", "/"))
    return match[1] if match else ""


def _left_out(name: str) -> bool:
    return kind(name) != "image" or not {"masks", "source_videos"}.isdisjoint(name.split("/"))


def _check_compression(folder: Folder, names: Iterable[str]) -> None:
    levels = sorted({match[1] for name in names if (match := _COMPRESSION.match(name))})
    if len(levels) > 1:
        raise InputError(
            f"{folder.root} holds several compressions of FaceForensics++ ({', '.join(levels)}): "
            "keep one of them"
        )


def _listed(folder: Folder) -> dict[str, tuple[str, str]]:
    """Map each listed picture to its method and split; several lists may hold it."""
    listed: dict[str, tuple[str, str]] = {}
    for listing in folder.lists:
        if PurePosixPath(listing).suffix != ".json" or stem(listing) not in _LISTS:
            continue
        where = str(folder.root / listing)
        try:
            for label, splits in folder.json(listing, dict)[stem(listing)].items():
                method = REAL if label.lower().endswith(REAL) else label
                for name, split in _splits(splits, where).items():
                    if listed.setdefault(name, (method, split))[0] != method:
                        raise InputError(
                            f"{where}: {name} is of {method}, and of {listed[name][0]} in another "
                            "list: repair one of them"
                        )
        except (AttributeError, KeyError, TypeError):
            raise InputError(
                f"{where}: expected an object '{stem(listing)}' of labels, of splits, of videos "
                "with 'frames'"
            ) from None
    return listed


def _splits(splits: dict[str, Any], where: str) -> dict[str, str]:
    """Map each picture of one label to its split.

    Some lists repeat what they have: all of it in every split, which then says nothing, test also
    as val, or test and val also as train.
    """
    named = {
        official_split(split, where): set(filter(None, map(_from_dataset, _frames(block))))
        for split, block in splits.items()
    }
    train, test = named.get("train", set()), named.get("test", set())
    repeated = train and train <= test
    return {
        name: "" if repeated else split
        for split in ("val", "train", "test")
        for name in sorted(named.get(split, ()))
    }


def _frames(block: dict[str, Any]) -> Iterator[str]:
    """Yield the pictures of videos, below levels of compression if there are any."""
    for key, value in block.items():
        if key == "frames":
            yield from value
        elif isinstance(value, dict):
            yield from _frames(value)


def _label(method: str) -> str:
    fake = method.startswith("FF-") or "fake" in method.lower()
    return FAKE if fake else method


def _sources(path: str, originals: dict[str, str]) -> tuple[str, ...]:
    """Return the target and, if known, the donor."""
    dataset, *folders, video = path.split("/")
    if shared := shared_sources(video, folders):
        return shared
    if match := _DEEPER.fullmatch(video):
        return f"ffpp {match[1]}", f"{dataset} {match[2]}"
    if match := _DFDCP.fullmatch(video):
        return tuple(f"{dataset} {actor}" for actor in (match[2], match[1]) if actor)
    return (f"{dataset} {originals.get(video) or video.removesuffix('_fake')}",)


def _originals(folder: Folder) -> dict[str, str]:
    """Map each fake of DFDC's training set to its original."""
    originals = {}
    for listing in folder.named("metadata.json"):
        for video, entry in folder.json(listing, dict).items():
            try:
                originals[stem(video)] = stem(entry.get("original") or "")
            except (AttributeError, TypeError):
                raise InputError(
                    f"{folder.root / listing}: {video}: expected an object with original; "
                    f"found {entry!r:.60}"
                ) from None
    return originals
