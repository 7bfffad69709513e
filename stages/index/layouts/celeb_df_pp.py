"""Celeb-DF++: the reals of Celeb-DF v2, and ``Celeb-synthesis/<scenario>/<method>/`` with fakes."""

import re
from collections.abc import Iterator

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.layouts._videos import videos
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = (
    "Celeb-real/, YouTube-real/, Celeb-synthesis/{FaceSwap,FaceReenact,TalkingFace}/<method>/ and "
    "List_of_testing_videos.txt"
)

_TEST_LIST = "List_of_testing_videos.txt"
_PLACE = re.compile(
    r"(?:.*/)?(?:(celeb-real|youtube-real)|celeb-synthesis/(?:(?:videos|frames|images)/)?"
    r"(?:faceswap|facereenact|talkingface)/([^/]+))/(?:(?:videos|frames|images)/)?([^/]+)",
    re.I,
)
_YOUTUBE = re.compile(r"\d{5}")  # names no identities
_NAME = re.compile(r"(id\d+)(?:_(id\d+))?_(\d+)(?:_test_.+)?")  # target, donor, recording

Place = tuple[str, str]
"""The folder of the reals, in lower case, or the method; and the file's name."""


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group items by identity, with the names that Celeb-DF's layout uses.

    All methods give their fakes the same names, so that a video is told by its method and name. A
    face swap or reenactment shows two persons, a talking face one. Videos that the test list does
    not name are for training; those of methods that are not on disk may be absent. The attribute
    ``source`` is that of Celeb-DF's layout.
    """
    on_disk = list(videos(folder, _place))
    found = {place for _, _, place in on_disk}
    tested = _test_list(folder)
    groups = {group for group, _ in found}
    unlisted = groups - {group for group, _ in tested}
    if tested and unlisted:
        raise InputError(
            f"{folder.root}: {_TEST_LIST} names no video of {', '.join(sorted(unlisted))}: spell "
            "folders as it does"
        )
    absent = [
        (path, False, place)
        for place, path in sorted(tested.items())
        if place[0] in groups and place not in found
    ]
    for path, frames, place in [*on_disk, *absent]:
        split = ("test" if place in tested else "train") if tested else ""
        yield _item(path, frames, *place, split)


def _place(path: str) -> Place | None:
    if not (match := _PLACE.fullmatch(path)):
        return None
    group = (match[1] or "").lower() or match[2]
    form = _YOUTUBE if group == "youtube-real" else _NAME
    return (group, match[3]) if form.fullmatch(match[3]) else None


def _test_list(folder: Folder) -> dict[Place, str]:
    """Map the place of each test video to its path; labels are left to the folders."""
    tested = {}
    for listing in folder.named(_TEST_LIST):
        for line in filter(None, map(str.strip, folder.text(listing).splitlines())):
            path = line.partition(" ")[2].strip()
            if not (place := _place(path.rpartition(".")[0])):
                raise InputError(
                    f"{folder.root / listing}: expected lines such as '1 YouTube-real/00170.mp4', "
                    f"found {line!r}"
                )
            tested[place] = path
    return tested


def _item(path: str, frames: bool, group: str, name: str, split: str) -> ListedItem:
    match = _NAME.fullmatch(name)
    if group == "youtube-real" or not match:
        target, donor, original = f"celeb_df youtube {name}", "", ""
        source = {"source": "youtube"}
    else:
        target, donor = (f"celeb_df {person}" if person else "" for person in match.groups()[:2])
        original = f"{match[1]}_{match[3]}"
        source = {"source": "celebrity"}
    if group in ("youtube-real", "celeb-real"):
        return ListedItem(
            path=path,
            label=REAL,
            method=REAL,
            item=name,
            source_ids=(target,),
            official_split=split,
            attributes=source,
            frames=frames,
        )
    return ListedItem(
        path=path,
        label=FAKE,
        method=group,
        item=name,
        source_ids=(target, donor) if donor else (target,),
        donor=donor,
        original=original,
        official_split=split,
        attributes=source,
        frames=frames,
    )
