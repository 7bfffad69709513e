"""DFDC (full, and Kaggle's sample): a ``metadata.json`` in each part's folder."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.medium import FAKE, REAL, Medium, official_split, stem

LOOKS_FOR = "**/metadata.json, such as dfdc_train_part_0/metadata.json, beside the videos it names"


def read(folder: Folder) -> Iterator[Medium]:
    """Fakes go with their original, also when that is not on disk.

    The owners do not name how a fake was made; where an entry has a key ``method``, it is taken.
    """
    for listing in folder.named("metadata.json"):
        part = PurePosixPath(listing).parent
        for name, entry in folder.json(listing).items():
            where = f"{folder.root / listing}: {name}"
            try:
                label, split = entry["label"].lower(), entry.get("split") or ""
                original = stem(entry.get("original") or "")
            except (AttributeError, KeyError, TypeError):
                raise InputError(
                    f"{where}: expected an object with label, split, original; found {entry!r}"
                ) from None
            yield Medium(
                path=str(part / name),
                label=label,
                method=REAL if label == REAL else entry.get("method", FAKE),
                media=stem(name),
                shows=(original or stem(name),),
                original=original,
                official_split=official_split(split, where),
            )
