"""DFDC or Kaggle's sample of it: ``metadata.json`` in each part, ``labels.csv`` for test sets."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem, official_split, stem

LOOKS_FOR = (
    "**/metadata.json (such as dfdc_train_part_0/metadata.json) or **/labels.csv beside the "
    "videos they name"
)

_OF_FOLDER = {"train": "train", "validation": "val", "val": "val", "test": "test"}
_LABELS = {"0": REAL, "1": FAKE}


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group fakes with their original, even if the original is not on disk.

    The owners name neither method nor donor: where an entry has a key ``method``, or ``donor`` with
    the file of the clip whose face was put in, it is used. If a folder holds both lists,
    ``labels.csv`` is the one with the labels.
    """
    labelled = {PurePosixPath(path).parent for path in folder.named("labels.csv")}
    for listing in folder.named("metadata.json"):
        if PurePosixPath(listing).parent not in labelled:
            yield from _part(folder, listing)
    for listing in folder.named("labels.csv"):
        yield from _tests(folder, listing)


def _part(folder: Folder, listing: str) -> Iterator[ListedItem]:
    part = PurePosixPath(listing).parent
    for name, entry in folder.json(listing, dict).items():
        where = f"{folder.root / listing}: {name}"
        try:
            label, split = entry["label"].lower(), (entry.get("split") or "").lower()
            original = stem(entry.get("original") or "")
            donor = stem(entry.get("donor") or "")
            method = REAL if label == REAL else entry.get("method", FAKE).strip()
        except (AttributeError, KeyError, TypeError):
            raise InputError(
                f"{where}: expected an object with label, split and original; found {entry!r}"
            ) from None
        yield ListedItem(
            path=str(part / name),
            label=label,
            method=method,
            item=stem(name),
            source_ids=(original or stem(name), *([donor] if donor else [])),
            donor=donor,
            original=original,
            official_split=official_split(split, where),
        )


def _tests(folder: Folder, listing: str) -> Iterator[ListedItem]:
    """List the videos of ``validation/`` and ``test/``, whose originals are unknown."""
    part = PurePosixPath(listing).parent
    nested = any(path.startswith(f"{part / 'videos'}/") for path in folder.media_files)
    columns, rows = folder.table(listing)
    if not {"filename", "label"} <= set(columns):
        raise InputError(
            f"{folder.root / listing}: expected the columns filename and label (0 or 1), "
            f"found {', '.join(columns)}"
        )
    for row in rows:
        name, label = row["filename"], _LABELS.get(row["label"], row["label"])
        yield ListedItem(
            path=str(part / "videos" / name if nested else part / name),
            label=label,
            method=label,
            item=stem(name),
            source_ids=(stem(name),),
            official_split=_OF_FOLDER.get(part.name, ""),
        )
