"""DeepSpeak 1 and 2: videos of actors, and lists of the real ones, the fakes and the split."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.layouts._lists import by_name, read_rows
from stages.index.listed_item import FAKE, REAL, ListedItem, official_split, stem

REALS, FAKES, SPLITS = "annotations-real.csv", "annotations-fake.csv", "annotations-split-def.csv"
LOOKS_FOR = f"{REALS}, {FAKES} and {SPLITS}, beside or above the videos they name"

_VIDEO, _ACTOR, _TARGET = "video-file", "identity", "identity-target"
_OF_A_FAKE = ("engine", "identity-source", "recording-target")


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group items by actor: a fake joins the groups of its target and its donor.

    Archives unpack into folders of several names, so that videos are found by their own. Those of
    version 2's fakes tell recordings alone: the actors are taken from the lists.
    """
    splits = _splits(folder)
    for listing in folder.named(REALS):
        for item, _ in _listed(folder, listing, splits, _ACTOR):
            yield item
    for listing in folder.named(FAKES):
        for item, row in _listed(folder, listing, splits, _TARGET, _OF_A_FAKE):
            (target,), donor = item.source_ids, row["identity-source"]
            donor = donor if donor != target else ""
            yield replace(
                item,
                label=FAKE,
                method=row["engine"] or FAKE,
                source_ids=(target, donor) if donor else (target,),
                donor=donor,
                original=f"{target}-{row['recording-target']}",
            )


def _splits(folder: Folder) -> dict[str, str]:
    """Map each actor to the official split."""
    return {
        row[_ACTOR]: official_split(row["split"], str(folder.root / listing))
        for listing in folder.named(SPLITS)
        for row in read_rows(folder, listing, (_ACTOR, "split"))
    }


def _listed(
    folder: Folder, listing: str, splits: dict[str, str], actor: str, more: tuple[str, ...] = ()
) -> Iterator[tuple[ListedItem, dict[str, str]]]:
    """Yield the video of each row as a real one of the person in the column `actor`."""
    videos = by_name(folder, stem)
    for row in read_rows(folder, listing, (_VIDEO, actor, *more)):
        if not (row[_VIDEO] and row[actor]):
            raise InputError(f"{folder.root / listing}: a row without {_VIDEO} or {actor}: {row}")
        name, person = stem(row[_VIDEO]), row[actor]
        path = videos.get(name, str(PurePosixPath(listing).parent / row[_VIDEO]))
        split = splits.get(person, "")
        yield ListedItem(path, REAL, REAL, name, (person,), official_split=split), row
