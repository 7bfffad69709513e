"""Celeb-DF v1 and v2: three folders of videos or of their frames, and a list for testing."""

import re
from collections.abc import Iterator

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.layouts._videos import videos
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = "Celeb-real/, Celeb-synthesis/, YouTube-real/ and List_of_testing_videos.txt"

_TEST_LIST = "List_of_testing_videos.txt"
_LABELS = {"1": REAL, "0": FAKE}  # the owners label reals 1
_PLACE = re.compile(
    r"(?:.*/)?(celeb-real|celeb-synthesis|youtube-real)/(?:(?:videos|frames|images)/)?([^/]+)", re.I
)
_NAMES = {
    "celeb-synthesis": re.compile(r"(id\d+)_(id\d+)_(\d+)"),
    "celeb-real": re.compile(r"(id\d+)_\d+"),
    "youtube-real": re.compile(r"\d{5}"),  # no identities
}


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group items by identity: a fake joins the groups of its target and its donor.

    A folder ``videos``, ``frames`` or ``images`` inside each of the three folders is accepted, and
    so is the spelling ``Youtube-real``. A folder of pictures with the name of a video holds its
    frames; a folder of another name in between is not read, since it may hold fakes of these reals
    (DF40's ``Celeb-real/inversions``). Videos that the test list does not name are for training.
    The attribute ``source`` is ``youtube`` for the reals of which no fakes were made, else
    ``celebrity``.
    """
    tested = _test_list(folder)
    on_disk = list(videos(folder, _place))
    found = {place for _, _, place in on_disk}
    absent = [(f"{'/'.join(place)}.mp4", False, place) for place in sorted(tested.keys() - found)]
    for path, frames, place in [*on_disk, *absent]:
        split = ("test" if place in tested else "train") if tested else ""
        item = _item(path, frames, *place, split)
        if tested.get(place, item.label) != item.label:
            raise InputError(f"{folder.root / path}: {_TEST_LIST} calls it {tested[place]}")
        yield item


def _place(path: str) -> tuple[str, str] | None:
    """Return which of the three folders a video is in, in lower case, and the video's name."""
    match = _PLACE.fullmatch(path)
    if not match or not _NAMES[match[1].lower()].fullmatch(match[2]):
        return None
    return match[1].lower(), match[2]


def _test_list(folder: Folder) -> dict[tuple[str, str], str]:
    """Map the place (folder and name) of each test video to its label."""
    tested = {}
    for listing in folder.named(_TEST_LIST):
        for line in folder.text(listing).splitlines():
            if not line.strip():
                continue
            label, _, path = line.strip().partition(" ")
            place = _place(path.strip().rpartition(".")[0])
            if label not in _LABELS or place is None:
                raise InputError(
                    f"{folder.root / listing}: expected lines such as '1 YouTube-real/00170.mp4', "
                    f"found {line!r}"
                )
            tested[place] = _LABELS[label]
    return tested


def _item(path: str, frames: bool, source: str, name: str, split: str) -> ListedItem:
    match = _NAMES[source].fullmatch(name)
    assert match  # as `_place` has it
    if source == "celeb-synthesis":
        return ListedItem(
            path=path,
            label=FAKE,
            method="Celeb-synthesis",
            item=name,
            source_ids=(f"celeb_df {match[1]}", f"celeb_df {match[2]}"),
            donor=f"celeb_df {match[2]}",
            original=f"{match[1]}_{match[3]}",
            official_split=split,
            attributes={"source": "celebrity"},
            frames=frames,
        )
    celebrity = source == "celeb-real"
    person = match[1] if celebrity else f"youtube {name}"
    return ListedItem(
        path=path,
        label=REAL,
        method=REAL,
        item=name,
        source_ids=(f"celeb_df {person}",),
        official_split=split,
        attributes={"source": "celebrity" if celebrity else "youtube"},
        frames=frames,
    )
