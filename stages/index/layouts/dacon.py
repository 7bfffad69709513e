"""Dacon's deepfake challenge: a folder a class, ``real`` and ``fake``, at any depth."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.medium import Medium

LOOKS_FOR = "pictures or videos below a folder real and a folder fake, such as deepfake_1st/fake/"

_MEDIUM = re.compile(r"(?:.*?/)??(real|fake)/(.+)", re.I)


def read(folder: Folder) -> Iterator[Medium]:
    """Each file is its own group: the owners say nothing of persons or originals."""
    for path in folder.media:
        if match := _MEDIUM.fullmatch(path):
            label = match[1].lower()
            yield Medium(path, label, method=label, media=match[2], shows=(path,))
