"""Google's DFD, in the layout of FaceForensics++'s download script."""

import re
from collections.abc import Iterator
from typing import Any

from stages.index.folder import Folder
from stages.index.layouts._faceforensics import videos
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped

LOOKS_FOR = (
    "original_sequences/actors/<compression>/videos/01__scene.mp4 and "
    "manipulated_sequences/DeepFakeDetection/<compression>/videos/01_02__scene__ABCDEFGH.mp4"
)

_FAKE = re.compile(r"(\d+)_(\d+)__(.+)__[^_]+")
_REAL = re.compile(r"(\d+)__(.+)")


def read(folder: Folder, compression: str = "") -> Iterator[ListedItem | Skipped]:
    """Group items by actor; a fake shows two of them. There is no official split."""
    yield from videos(folder, compression, _describe)


def _describe(source: str, name: str) -> dict[str, Any] | None:
    if source == "original_sequences/actors" and (match := _REAL.fullmatch(name)):
        return {"label": REAL, "method": REAL, "source_ids": (f"dfd {match[1]}",)}
    if source == "manipulated_sequences/DeepFakeDetection" and (match := _FAKE.fullmatch(name)):
        return {
            "label": FAKE,
            "method": "DeepFakeDetection",
            "source_ids": (f"dfd {match[1]}", f"dfd {match[2]}"),
            "donor": f"dfd {match[2]}",
            "original": f"{match[1]}__{match[3]}",
        }
    return None
