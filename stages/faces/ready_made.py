"""Take pictures that are faces already, as they are; this code runs in a worker process."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.errors import ItemError
from stages.common.items import ItemResult
from stages.common.picture import decode_stored
from stages.common.sandbox import map_apart
from stages.common.tables.frames import frame_name
from stages.faces.landmarks import columns, load_predictor, locate
from stages.faces.params import Landmarks
from stages.faces.whole_picture import whole_picture

GIVEN = "given"
"""In ``seen_by``: no detector saw this face."""

_MARGIN = 1.3
"""Side of an owners' crop over that of the face's box, as FaceForensics++ has it: owners say little
about their crops, and landmarks need a box."""


def take(
    paths: Sequence[Path],
    root: Path,
    max_pixels: int,
    max_seconds: float,
    landmarks: Landmarks,
) -> Iterator[ItemResult | ItemError]:
    """Decode pictures in a separate process, and make a face of the whole of each.

    A crop is stored as PNG, so that it keeps its pixels, and later stages, which decode crops
    without a separate process, never read a stranger's file.

    Parameters
    ----------
    paths : sequence of Path
        The pictures.
    root : Path
        The dataset's folder.
    max_pixels : int
        Largest width times height of a picture.
    max_seconds : float
        Longest time for one picture.
    landmarks : Landmarks
        The predictor of landmarks; without one, a mean face's are taken. Either is placed in the
        middle of the picture, in a box of its size over 1.3.

    Yields
    ------
    ItemResult or ItemError
        By picture, in order: its row of the face table without the key, and ``kept`` and ``change``
        as in `stages.faces.find.faces_of_item`, with its crop; or why it is set aside.
    """
    calls = [(path, root, max_pixels) for path in paths]
    for answer in map_apart(whole_picture, calls, max_seconds):
        yield answer if isinstance(answer, ItemError) else _face(*answer, landmarks)


def _face(width: int, height: int, png: bytes, crop_hash: str, landmarks: Landmarks) -> ItemResult:
    name = frame_name(0, ".png")
    size = np.array([width, height])
    box = np.concatenate([size / 2 - size / _MARGIN / 2, size / _MARGIN])
    nothing = np.full((5, 2), np.nan)
    points = locate(decode_stored(png), box, nothing, load_predictor(landmarks))
    text, source = columns(*points, to_crop=np.eye(2, 3))
    row: dict[str, Any] = {
        "frame": 0,
        "track": 0,
        "time": 0.0,
        "x": 0.0,
        "y": 0.0,
        "width": width,
        "height": height,
        "confidence": 1.0,
        "seen_by": GIVEN,
        "iou": None,
        "crop": name,
        "landmarks": text,
        "landmarks_from": source,
        "frame_hash": "",
        "crop_hash": crop_hash,
        "kept": True,
        "change": None,
    }
    return ItemResult({column: [value] for column, value in row.items()}, {name: png})
