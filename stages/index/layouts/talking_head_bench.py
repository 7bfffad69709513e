"""TalkingHeadBench: ``fake/<generator>/<split>/``, and reals of two datasets named by a list."""

import re
from collections.abc import Iterator

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem, official_split, stem

LIST = "real_dataset_split_official_ff++.json"
LOOKS_FOR = (
    f"fake/<generator>/{{train,val,test}}/<image>--<clip>--<generator>.mp4, and real/{LIST} with "
    "the reals that it names in real/FaceForensics++/ and real/CelebV-HQ/"
)

_FAKE = re.compile(
    r"(?:.*/)?fake/([^/]+)/(train|val|test)/(([^/]+?)--([^/]+)--[^/]+?)\.[^./]+"
)  # the clip may begin with a hyphen
_HELD_OUT = re.compile(r"(?:.*/)?fake/additional_dataset/([^/]+)/((\d+)(?:-([^/]+))?)\.[^./]+")
_REAL = re.compile(r"(?:.*/)?real/(?:.*/)?(FaceForensics\+\+|CelebV-HQ)/(?:.*/)?([^/]+)\.[^./]+")


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group a fake with its portrait, and with all clips of the video that drives it.

    The owners ship no reals: those of their list that lie in the folder are read. Clips of
    FaceForensics++ have the names that its own layouts use.
    """
    splits = _splits(folder)
    for path in folder.media_files:
        if match := _FAKE.fullmatch(path):
            generator, split, name, image, clip = match.groups()
            yield _fake(path, generator, name, image, clip, split)
        elif match := _HELD_OUT.fullmatch(path):
            generator, name, image, clip = match.groups()
            yield _fake(path, generator, name, image, clip, "test")
        elif (match := _REAL.fullmatch(path)) and match.groups() in splits:
            dataset, name = match.groups()
            source = _video(name) if dataset == "CelebV-HQ" else f"ffpp {name}"
            split = splits[dataset, name]
            yield ListedItem(path, REAL, REAL, name, (source,), official_split=split)


def _fake(
    path: str, generator: str, name: str, image: str, clip: str | None, split: str
) -> ListedItem:
    portrait, driver = f"ffhq {image}", _video(clip) if clip else ""
    return ListedItem(
        path=path,
        label=FAKE,
        method=generator,
        item=name,
        source_ids=(portrait, driver) if driver else (portrait,),
        donor=driver,
        official_split=split,
    )


def _video(clip: str) -> str:
    """Name the video of a clip of CelebV-HQ; some fakes' names lost the hyphen it begins with."""
    video = re.sub(r"_\d+$", "", clip).lstrip("-")
    return f"celeb_v_hq {video}"


def _splits(folder: Folder) -> dict[tuple[str, ...], str]:
    """Map the dataset and name of each real to its split."""
    splits: dict[tuple[str, ...], str] = {}
    for listing in folder.named(LIST):
        where = str(folder.root / listing)
        for block, datasets in folder.json(listing, dict).items():
            split = official_split(block, where)
            try:
                named = {(dataset, stem(n)) for dataset, names in datasets.items() for n in names}
            except (AttributeError, TypeError):
                raise InputError(
                    f"{where}: {block}: expected an object with a list of videos a dataset; "
                    f"found {datasets!r:.60}"
                ) from None
            splits |= dict.fromkeys(named, split)
    return splits
