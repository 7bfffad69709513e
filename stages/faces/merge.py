"""Merge the boxes of all detectors into one set of faces."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.faces.overlap import match
from stages.faces.params import AGREEMENT, UNION

BOX = ["x", "y", "width", "height"]
BOTH = "both"

_BOX_COLUMNS = ["frame", *BOX, "confidence", *LANDMARK_COLUMNS]
_SEPARATOR = "+"


def merge(
    detections: Mapping[str, pd.DataFrame],
    policy: str,
    min_iou: float,
    min_confidence: Mapping[str, float],
) -> pd.DataFrame:
    """Merge the detectors' boxes of an item into one row per face.

    The boxes of each detector are matched with the faces of the detectors before it, so that a face
    has the box of the first detector that saw it, and the landmarks of the first that found any.

    Parameters
    ----------
    detections : mapping of str to DataFrame
        Rows of the detection table of one item, by detector, in the order of ``detectors``. A
        detector that `policy` names is moved to the front.
    policy : str
        ``union``, ``agreement`` of at least two detectors, or the name of a detector.
    min_iou : float
        Minimum IoU for two boxes to show the same face.
    min_confidence : mapping of str to float
        Minimum confidence of a box, by detector.

    Returns
    -------
    DataFrame
        ``frame``, box, ``confidence`` and landmarks as in the detection table; ``seen_by`` (see
        `saw`); ``iou``, the minimum IoU of the face's box with the other detectors' (NaN if only
        one saw it); and ``kept``, whether the policy keeps the face. Sorted by frame, then
        detector, most confident first.
    """
    names = sorted(detections, key=lambda name: name != policy)  # stable
    faces = pd.DataFrame(columns=_BOX_COLUMNS, dtype=float).assign(seen_by="", iou=np.nan)
    for name in names:
        boxes = _confident(detections[name], min_confidence[name])
        faces = _merge_detector(faces, boxes.assign(seen_by=name, iou=np.nan), min_iou)
    faces = faces.sort_values("frame", kind="stable", ignore_index=True)
    seen_by = faces["seen_by"]
    if policy == UNION:
        kept = np.full(len(faces), True)
    elif policy == AGREEMENT:
        kept = seen_by.str.contains(_SEPARATOR, regex=False).to_numpy(bool)
    else:
        kept = saw(seen_by, policy)
    if len(names) == 2:
        seen_by = seen_by.replace(_SEPARATOR.join(names), BOTH)
    return faces.assign(seen_by=seen_by, kept=kept)


def saw(seen_by: pd.Series, detector: str) -> np.ndarray:
    """Return whether a detector saw each face.

    Parameters
    ----------
    seen_by : Series of str
        ``a`` if only detector a saw the face; ``a+b+c`` if several did, where a is the one whose
        box was taken; ``both`` if there are exactly two detectors and both saw it.
    detector : str
        Name of the detector.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    return np.array(
        [{detector, BOTH} & set(names.split(_SEPARATOR)) != set() for names in seen_by], bool
    )


def _confident(boxes: pd.DataFrame, min_confidence: float) -> pd.DataFrame:
    """Select a detector's boxes of enough confidence, most confident first in each frame."""
    confident = boxes.loc[boxes["confidence"] >= min_confidence].sort_values(["frame", "face"])
    return confident[_BOX_COLUMNS].reset_index(drop=True)


def _merge_detector(faces: pd.DataFrame, boxes: pd.DataFrame, min_iou: float) -> pd.DataFrame:
    """Merge another detector's boxes: update the faces that it saw, and append new ones."""
    seen_by, iou = faces["seen_by"].to_numpy(object, copy=True), faces["iou"].to_numpy(copy=True)
    points, found = (table[LANDMARK_COLUMNS].to_numpy(float, copy=True) for table in (faces, boxes))
    pairs = same_faces(faces, boxes, min_iou)
    for row, column, overlap in pairs:
        if np.isnan(points[row]).any():
            points[row] = found[column]
        seen_by[row] += _SEPARATOR + boxes["seen_by"][column]
        iou[row] = np.fmin(iou[row], overlap)
    faces = faces.assign(seen_by=seen_by, iou=iou)
    faces[LANDMARK_COLUMNS] = points
    new = boxes.drop(index=[column for _, column, _ in pairs])
    tables = [table for table in (faces, new) if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else faces


def same_faces(
    first: pd.DataFrame, second: pd.DataFrame, min_iou: float
) -> list[tuple[int, int, float]]:
    """Match the boxes of two detectors in one item, frame by frame.

    Parameters
    ----------
    first, second : DataFrame
        ``frame`` and box.
    min_iou : float
        Boxes that overlap less do not show the same face.

    Returns
    -------
    list of (int, int, float)
        Position in `first`, position in `second`, IoU; each box occurs at most once.
    """
    boxes = [table[BOX].to_numpy(float) for table in (first, second)]
    frames = [table["frame"].to_numpy() for table in (first, second)]
    pairs = []
    for frame in np.intersect1d(*frames):
        rows = [np.flatnonzero(of == frame) for of in frames]
        for row, column, iou in match(boxes[0][rows[0]], boxes[1][rows[1]], min_iou):
            pairs.append((int(rows[0][row]), int(rows[1][column]), iou))
    return pairs
