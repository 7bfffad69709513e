"""Take pictures that are faces already, as they are; this code runs in a worker process."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.errors import ItemError
from stages.common.items import ItemResult
from stages.common.picture import decode_stored
from stages.common.sandbox import map_apart
from stages.common.tables.frames import frame_name
from stages.faces.fingerprint import frames_to_hash
from stages.faces.landmarks import columns, in_box, load_predictor
from stages.faces.params import Landmarks
from stages.faces.whole_picture import whole_picture

GIVEN = "given"
"""In ``seen_by``: no detector saw this face."""

_MARGIN = 1.3
"""Side of an owners' crop over that of the face's box, as FaceForensics++ has it: owners say little
about their crops, and landmarks need a box."""


def take(
    items: Sequence[Sequence[tuple[int, Path]]],
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
    items : sequence of sequence of (int, Path)
        The pictures of each item, with their frames: one, or the frames of one video.
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
        By item, in order: its rows of the face table without the key, and ``kept`` and ``change``
        as in `stages.faces.find.faces_of_item`, with its crops; or why it is set aside, as all of a
        video is if one of these pictures cannot be decoded.
    """
    calls = [(path, root, max_pixels) for pictures in items for _, path in pictures]
    answers = map_apart(whole_picture, calls, max_seconds)
    for pictures in items:
        # All of an item's answers are taken, or the next item would get them
        of_item = list(islice(answers, len(pictures)))
        yield _faces(pictures, of_item, landmarks)


def _faces(
    pictures: Sequence[tuple[int, Path]], answers: Sequence[Any], landmarks: Landmarks
) -> ItemResult | ItemError:
    """Put the faces of one item together, or return the first error, with the picture's name."""
    for answer, (_, path) in zip(answers, pictures, strict=True):
        if isinstance(answer, ItemError):
            return answer if len(answers) == 1 else type(answer)(f"{path.name} {answer}")
    frames = [frame for frame, _ in pictures]
    hashed = frames_to_hash(set(frames))
    rows: dict[str, list[Any]] = {}
    members: dict[str, bytes] = {}
    for frame, (width, height, png, crop_hash) in zip(frames, answers, strict=True):
        kept_hash = crop_hash if frame in hashed else ""
        row, name = _face(frame, width, height, png, kept_hash, landmarks)
        members[name] = png
        for column, value in row.items():
            rows.setdefault(column, []).append(value)
    return ItemResult(rows, members)


def _face(
    frame: int, width: int, height: int, png: bytes, crop_hash: str, landmarks: Landmarks
) -> tuple[dict[str, Any], str]:
    """Return the row of a picture that is one face, and the name of its crop."""
    name = frame_name(frame, ".png")
    size = np.array([width, height])
    box = np.concatenate([size / 2 - size / _MARGIN / 2, size / _MARGIN])
    predictor = load_predictor(landmarks)
    # Without one, nobody looks at the pixels, whose decoding would take a tenth of the time
    points = (
        (predictor(decode_stored(png), box), "predictor") if predictor else (in_box(box), "box")
    )
    text, source = columns(*points, to_crop=np.eye(2, 3))
    row: dict[str, Any] = {
        "frame": frame,
        "track": 0,
        "time": float(frame),
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
    return row, name
