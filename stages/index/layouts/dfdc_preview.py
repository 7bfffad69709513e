"""DFDC preview: ``dataset.json`` with the label and set of each path."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import REAL, ListedItem, official_split, stem

LOOKS_FOR = "dataset.json beside original_videos/, method_A/ and method_B/"


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group items by actor: the one in the path, and those that the entry names.

    Some copies have a folder ``videos`` inside each of the three folders; both forms are read.
    """
    for listing in folder.named("dataset.json"):
        top = PurePosixPath(listing).parent
        on_disk = set(folder.media_files)
        for name, entry in folder.json(listing, dict).items():
            where = f"{folder.root / listing}: {name}"
            source, _, below = name.partition("/")
            try:
                label, split = entry["label"].lower(), entry["set"].lower()
            except (AttributeError, KeyError, TypeError):
                raise InputError(
                    f"{where}: expected an object with label and set; found {entry!r}"
                ) from None
            nested = str(top / source / "videos" / below)
            target, donor = (str(entry.get(key) or "") for key in ("target_id", "swapped_id"))
            actors = dict.fromkeys([target, below.partition("/")[0], donor])
            yield ListedItem(
                path=nested if nested in on_disk else str(top / name),
                label=label,
                method=REAL if label == REAL else source,
                item=stem(name),
                source_ids=tuple(actor for actor in actors if actor),
                donor=donor,
                official_split=official_split(split, where),
            )
