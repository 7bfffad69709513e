"""Celeb-DF v1 and v2: three folders of videos and a list of the test videos."""

import re
from collections.abc import Iterator

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem, stem

LOOKS_FOR = "Celeb-real/, Celeb-synthesis/, YouTube-real/ and List_of_testing_videos.txt"

_TEST_LIST = "List_of_testing_videos.txt"
_LABELS = {"1": REAL, "0": FAKE}  # the owners label reals 1
_PLACE = re.compile(r"(?:.*/)?(celeb-real|celeb-synthesis|youtube-real)/(?:.*/)?([^/]+)", re.I)
_SYNTHESIS = re.compile(r"(id\d+)_(id\d+)_(\d+)")
_CELEB = re.compile(r"(id\d+)_(\d+)")


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group items by identity: a fake joins the groups of its target and its donor.

    A folder ``videos`` inside each of the three folders is accepted, and so is the spelling
    ``Youtube-real``. Videos that the test list does not name are for training. The attribute
    ``source`` is ``youtube`` for the reals of which no fakes were made, else ``celebrity``.
    """
    tested = _test_list(folder)
    on_disk = {place: path for path in folder.media_files if (place := _place(path))}
    for place in sorted(on_disk.keys() | tested.keys()):
        source, name = place
        path = on_disk.get(place, f"{source}/{name}")
        split = ("test" if place in tested else "train") if tested else ""
        item = _item(path, source, stem(name), split)
        if item is None:
            continue
        if tested.get(place, item.label) != item.label:
            raise InputError(f"{folder.root / path}: {_TEST_LIST} calls it {tested[place]}")
        yield item


def _place(path: str) -> tuple[str, str] | None:
    """Return which of the three folders a file is in, in lower case, and the file's name."""
    match = _PLACE.fullmatch(path)
    return (match[1].lower(), match[2]) if match else None


def _test_list(folder: Folder) -> dict[tuple[str, str], str]:
    """Map the place (folder and name) of each test video to its label."""
    tested = {}
    for listing in folder.named(_TEST_LIST):
        for line in folder.text(listing).splitlines():
            if not line.strip():
                continue
            label, _, path = line.strip().partition(" ")
            place = _place(path.strip())
            if label not in _LABELS or place is None:
                raise InputError(
                    f"{folder.root / listing}: expected lines such as '1 YouTube-real/00170.mp4', "
                    f"found {line!r}"
                )
            tested[place] = _LABELS[label]
    return tested


def _item(path: str, source: str, name: str, split: str) -> ListedItem | None:
    if source == "celeb-synthesis":
        match = _SYNTHESIS.fullmatch(name)
        return match and ListedItem(
            path=path,
            label=FAKE,
            method="Celeb-synthesis",
            item=name,
            source_ids=(f"celeb_df {match[1]}", f"celeb_df {match[2]}"),
            donor=f"celeb_df {match[2]}",
            original=f"{match[1]}_{match[3]}",
            official_split=split,
            attributes={"source": "celebrity"},
        )
    match = _CELEB.fullmatch(name)
    person = match[1] if match else f"youtube {name}"  # YouTube-real names no identities
    if (source == "celeb-real") != bool(match):
        return None
    return ListedItem(
        path=path,
        label=REAL,
        method=REAL,
        item=name,
        source_ids=(f"celeb_df {person}",),
        official_split=split,
        attributes={"source": "celebrity" if match else "youtube"},
    )
