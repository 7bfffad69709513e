"""Boxes of one medium: the work that runs in a worker process."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from stages.common.archive import read_members
from stages.common.errors import MediaError
from stages.common.items import Made
from stages.common.params import Section
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.detect.detector import Detections, load_detector

_FRAMES_AT_ONCE = 16
"""Enough for the networks to work in bulk, few enough to hold decoded."""

_COLUMNS = ["frame", "face", "x", "y", "width", "height", "confidence", *LANDMARK_COLUMNS]


def detect_medium(archive: Path, detector: str, params: Section) -> Made:
    """Detect faces in all frames of an archive.

    Parameters
    ----------
    archive : Path
        A medium's archive of frames.
    detector : str
        Name of the detector.
    params : Section
        Its parameters.

    Returns
    -------
    Made
        Rows of the detection table, no members.

    Raises
    ------
    MediaError
        A frame cannot be decoded.
    InputError
        The archive cannot be read.
    """
    detect = load_detector(detector, params)
    encoded = list(read_members(archive).items())
    found = []
    for start in range(0, len(encoded), _FRAMES_AT_ONCE):
        some = encoded[start : start + _FRAMES_AT_ONCE]
        frames = [decode_frame(name, picture) for name, picture in some]
        found += zip((int(Path(name).stem) for name, _ in some), detect(frames), strict=True)
    return Made(rows=detection_rows(found))


def decode_frame(name: str, encoded: bytes) -> np.ndarray:
    """Decode a stored frame to RGB, uint8, shape (height, width, 3).

    Raises
    ------
    MediaError
        The bytes are no picture.
    """
    frame = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR_RGB)
    if frame is None:
        raise MediaError(f"stored frame {name} cannot be decoded")
    return frame


def detection_rows(found: Iterable[tuple[int, Detections]]) -> dict[str, list[Any]]:
    """Columns of the detection table, without the medium's key.

    Parameters
    ----------
    found : iterable of (int, Detections)
        Index of each frame, and its faces.

    Returns
    -------
    dict of str to list
        One row a face; a landmark that the detector does not have is None.
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
