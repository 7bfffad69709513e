"""Celeb-DF++: the reals of Celeb-DF v2, and ``Celeb-synthesis/<scenario>/<method>/`` with fakes."""

import re
from collections.abc import Iterator

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem, stem

LOOKS_FOR = (
    "Celeb-real/, YouTube-real/, Celeb-synthesis/{FaceSwap,FaceReenact,TalkingFace}/<method>/ and "
    "List_of_testing_videos.txt"
)

_TEST_LIST = "List_of_testing_videos.txt"
_PLACE = re.compile(
    r"(?:.*/)?(?:(celeb-real|youtube-real)"
    r"|celeb-synthesis/(?:videos/)?(?:faceswap|facereenact|talkingface)/([^/]+))/(?:.*/)?([^/]+)",
    re.I,
)
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
    on_disk = {place: path for path in folder.media_files if (place := _place(path))}
    tested = _test_list(folder)
    groups = {group for group, _ in on_disk}
    unlisted = groups - {group for group, _ in tested}
    if tested and unlisted:
        raise InputError(
            f"{folder.root}: {_TEST_LIST} names no video of {', '.join(sorted(unlisted))}: spell "
            "folders as it does"
        )
    asked_for = {place: path for place, path in tested.items() if place[0] in groups}
    for place, path in sorted((asked_for | on_disk).items()):
        split = ("test" if place in tested else "train") if tested else ""
        if item := _item(path, *place, split):
            yield item


def _place(path: str) -> Place | None:
    match = _PLACE.fullmatch(path)
    return ((match[1] or "").lower() or match[2], match[3]) if match else None


def _test_list(folder: Folder) -> dict[Place, str]:
    """Map the place of each test video to its path; labels are left to the folders."""
    tested = {}
    for listing in folder.named(_TEST_LIST):
        for line in filter(None, map(str.strip, folder.text(listing).splitlines())):
            path = line.partition(" ")[2].strip()
            if not (place := _place(path)):
                raise InputError(
                    f"{folder.root / listing}: expected lines such as '1 YouTube-real/00170.mp4', "
                    f"found {line!r}"
                )
            tested[place] = path
    return tested


def _item(path: str, group: str, file: str, split: str) -> ListedItem | None:
    name = stem(file)
    if group == "youtube-real":  # names no identities
        sources = (f"celeb_df youtube {name}",)
        source = {"source": "youtube"}
        return ListedItem(path, REAL, REAL, name, sources, official_split=split, attributes=source)
    if not (match := _NAME.fullmatch(name)):
        return None
    target, donor = (f"celeb_df {person}" if person else "" for person in match.groups()[:2])
    source = {"source": "celebrity"}
    if group == "celeb-real":
        return ListedItem(
            path, REAL, REAL, name, (target,), official_split=split, attributes=source
        )
    return ListedItem(
        path=path,
        label=FAKE,
        method=group,
        item=name,
        source_ids=(target, donor) if donor else (target,),
        donor=donor,
        original=f"{match[1]}_{match[3]}",
        official_split=split,
        attributes=source,
    )
