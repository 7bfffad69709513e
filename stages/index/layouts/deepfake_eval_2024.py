"""Deepfake-Eval-2024: its videos, labelled by a list of all of them."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.common.suffixes import kind
from stages.index.folder import Folder
from stages.index.layouts._lists import by_name, read_rows
from stages.index.listed_item import ListedItem, Skipped, official_split, stem

LISTS = ("video-metadata-publish-with-links.csv", "video-metadata-publish.csv")
LOOKS_FOR = f"{LISTS[1]} or {LISTS[0]}, beside the videos or video-data/"

_FILE, _LABEL, _SPLIT = "Filename", "Video Ground Truth", "Finetuning Set"


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """Make each video its own group: they come from social media, and nobody in them is named.

    The label is that of the pictures alone: another column says whether the sound is real.
    Pictures of the dataset's other parts are left out.
    """
    newest = next(filter(None, map(folder.named, LISTS)), [])
    videos = by_name(folder, lambda path: PurePosixPath(path).name) if newest else {}
    for listing in newest:
        for row in read_rows(folder, listing, (_FILE, _LABEL, _SPLIT)):
            file, label = row[_FILE], row[_LABEL].lower()
            where = f"{folder.root / listing}: {file}"
            yield ListedItem(
                path=videos.get(file, str(PurePosixPath(listing).parent / file)),
                label=label,
                method=label,
                item=stem(file),
                source_ids=(file,),
                official_split=official_split(row[_SPLIT], where),
            )
    if newest:
        yield from (Skipped(path) for path in folder.media_files if kind(path) == "image")
