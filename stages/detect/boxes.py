"""Detect the faces of one item; this code runs in a worker process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.archive import read_members
from stages.common.items import ItemResult
from stages.common.params import Section
from stages.common.picture import decode_stored
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.detect.detector import Detections, load_detector

_COLUMNS = ["frame", "face", "x", "y", "width", "height", "confidence", *LANDMARK_COLUMNS]


@dataclass(frozen=True)
class ToSearch:
    """What a detector searches of an item.

    Attributes
    ----------
    archive : Path
        The item's archive of frames.
    frames : tuple of int
        The frames to search.
    """

    archive: Path
    frames: tuple[int, ...]


def detect_item(item: ToSearch, detector: str, params: Section) -> ItemResult:
    """Detect the faces in some frames of an archive.

    Parameters
    ----------
    item : ToSearch
        The archive, and the frames to search in it.
    detector : str
        Name of the detector.
    params : Section
        The detector's parameters.

    Returns
    -------
    ItemResult
        Rows of the detection table, without members.

    Raises
    ------
    ItemError
        A frame cannot be decoded.
    InputError
        The archive cannot be read.
    """
    if not item.frames:
        return ItemResult(rows=detection_rows([]))
    pictures = {
        name: picture
        for name, picture in read_members(item.archive).items()
        if int(Path(name).stem) in item.frames
    }
    return ItemResult(rows=detect_stored(pictures, detector, params))


def detect_stored(
    pictures: Mapping[str, bytes], detector: str, params: Section
) -> dict[str, list[Any]]:
    """Detect faces in stored frames; return columns of the detection table without the key.

    Parameters
    ----------
    pictures : mapping of str to bytes
        Encoded frames by name.
    detector : str
        Name of the detector.
    params : Section
        The detector's parameters.

    Raises
    ------
    ItemError
        A frame cannot be decoded.
    """
    # A generator, since a detector keeps only what it needs of each frame
    frames = (decode_stored(picture, f"frame {name}") for name, picture in pictures.items())
    found = load_detector(detector, params)(frames)
    return detection_rows(zip((int(Path(name).stem) for name in pictures), found, strict=True))


def detection_rows(found: Iterable[tuple[int, Detections]]) -> dict[str, list[Any]]:
    """Convert detections to columns of the detection table without the key.

    Parameters
    ----------
    found : iterable of (int, Detections)
        Index of each frame, and its faces.

    Returns
    -------
    dict of str to list
        One row per face; landmarks that the detector does not find are None.
    """
    rows = [
        [frame, face, *box, confidence, *(None if np.isnan(v) else v for v in points.ravel())]
        for frame, faces in found
        for face, (box, confidence, points) in enumerate(
            zip(faces.boxes.tolist(), faces.confidences.tolist(), faces.landmarks, strict=True)
        )
    ]
    columns = zip(*rows, strict=True) if rows else [[] for _ in _COLUMNS]
    return {name: list(values) for name, values in zip(_COLUMNS, columns, strict=True)}
