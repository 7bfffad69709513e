"""FaceForensics++, in the layout of the owners' download script."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.layouts._faceforensics import videos
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped

METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter")

LOOKS_FOR = (
    "original_sequences/youtube/<compression>/videos/000.mp4 and "
    "manipulated_sequences/<method>/<compression>/videos/000_003.mp4"
)

_PAIR = re.compile(r"(\d{3})_(\d{3})")
_SINGLE = re.compile(r"\d{3}")


def read(folder: Folder, compression: str = "") -> Iterator[ListedItem | Skipped]:
    """Group items by clip: a fake joins the groups of its target and its source.

    The official split comes from the owners' ``train.json``, ``val.json`` and ``test.json``, if
    they are in the folder.
    """
    yield from videos(folder, compression, partial(_describe, splits=_pairs(folder)))


def _describe(source: str, name: str, splits: dict[str, str]) -> dict[str, Any] | None:
    if source == "original_sequences/youtube" and _SINGLE.fullmatch(name):
        split = splits.get(name, "")
        return {
            "label": REAL,
            "method": REAL,
            "source_ids": (f"ffpp {name}",),
            "official_split": split,
        }
    match = _PAIR.fullmatch(name)
    sequences, _, method = source.partition("/")
    if sequences == "manipulated_sequences" and method in METHODS and match:
        return {
            "label": FAKE,
            "method": method,
            "source_ids": (f"ffpp {match[1]}", f"ffpp {match[2]}"),
            "donor": f"ffpp {match[2]}",
            "original": match[1],
            "official_split": splits.get(match[1], ""),
        }
    return None


def _pairs(folder: Folder) -> dict[str, str]:
    """Read the official split of each original."""
    splits: dict[str, str] = {}
    for split in ("train", "val", "test"):
        for listing in folder.named(f"{split}.json"):
            for pair in folder.json(listing, list):
                if not (isinstance(pair, list) and all(isinstance(name, str) for name in pair)):
                    raise InputError(
                        f"{folder.root / listing}: expected pairs such as ['953', '974'], "
                        f"found {pair!r:.60}"
                    )
                splits |= dict.fromkeys(pair, split)
    return splits
