"""Merge the boxes of all detectors into one set of faces."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.faces.overlap import match
from stages.faces.params import AGREEMENT, UNION

BOX = ["x", "y", "width", "height"]
BOTH = "both"

_OF_A_BOX = ["frame", *BOX, "confidence", *LANDMARK_COLUMNS]
_AND = "+"


def merge(
    detections: Mapping[str, pd.DataFrame],
    policy: str,
    min_iou: float,
    min_confidence: Mapping[str, float],
) -> pd.DataFrame:
    """Every face of an item that any detector saw, once.

    Detector by detector, boxes are matched with the faces that those before it saw, so that a face
    has the box of the first detector that saw it.

    Parameters
    ----------
    detections : mapping of str to DataFrame
        Rows of the detection table of one item, by detector, in the order of ``detectors``. The
        one that `policy` names comes first.
    policy : str
        ``union``, ``agreement`` of at least two detectors, or a detector.
    min_iou : float
        From this overlap on, a box shows the same face.
    min_confidence : mapping of str to float
        By detector; less sure boxes are left out.

    Returns
    -------
    DataFrame
        ``frame``, box, ``confidence`` and landmarks as in the detection table, ``seen_by`` (see
        `saw`), ``iou`` (the least of any other detector's box with the face's, NaN where only one
        saw it), and ``kept``: whether the policy wants it. By frame, then by detector, most
        confident first.
    """
    names = sorted(detections, key=lambda name: name != policy)  # stable
    faces = pd.DataFrame(columns=_OF_A_BOX, dtype=float).assign(seen_by="", iou=np.nan)
    for name in names:
        boxes = _sure(detections[name], min_confidence[name])
        faces = _added(faces, boxes.assign(seen_by=name, iou=np.nan), min_iou)
    faces = faces.sort_values("frame", kind="stable", ignore_index=True)
    seen_by = faces["seen_by"]
    if policy == UNION:
        kept = np.full(len(faces), True)
    elif policy == AGREEMENT:
        kept = seen_by.str.contains(_AND, regex=False).to_numpy(bool)
    else:
        kept = saw(seen_by, policy)
    if len(names) == 2:
        seen_by = seen_by.replace(_AND.join(names), BOTH)
    return faces.assign(seen_by=seen_by, kept=kept)


def saw(seen_by: pd.Series, detector: str) -> np.ndarray:
    """Whether a detector saw each face.

    Parameters
    ----------
    seen_by : Series of str
        ``a`` where the detector a alone saw the face, ``a+b+c`` where several did, the one whose
        box it is first; ``both`` where there are two detectors and both did.
    detector : str
        Its name.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    return np.array([{detector, BOTH} & set(names.split(_AND)) != set() for names in seen_by], bool)


def _sure(boxes: pd.DataFrame, least: float) -> pd.DataFrame:
    """Boxes of a detector with enough confidence, most confident first in each frame."""
    sure = boxes.loc[boxes["confidence"] >= least].sort_values(["frame", "face"])
    return sure[_OF_A_BOX].reset_index(drop=True)


def _added(faces: pd.DataFrame, boxes: pd.DataFrame, min_iou: float) -> pd.DataFrame:
    """Faces after one more detector: its name and overlap where it saw them, and those it adds."""
    seen_by, iou = faces["seen_by"].to_numpy(object, copy=True), faces["iou"].to_numpy(copy=True)
    pairs = _pairs(faces, boxes, min_iou)
    for row, column, overlap in pairs:
        seen_by[row] += _AND + boxes["seen_by"][column]
        iou[row] = np.fmin(iou[row], overlap)
    faces = faces.assign(seen_by=seen_by, iou=iou)
    alone = boxes.drop(index=[column for _, column, _ in pairs])
    tables = [table for table in (faces, alone) if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else faces


def _pairs(
    first: pd.DataFrame, second: pd.DataFrame, min_iou: float
) -> list[tuple[int, int, float]]:
    """Rows of the same face, frame by frame: row in `first`, row in `second`, IoU."""
    boxes = [table[BOX].to_numpy(float) for table in (first, second)]
    frames = [table["frame"].to_numpy() for table in (first, second)]
    pairs = []
    for frame in np.intersect1d(*frames):
        rows = [np.flatnonzero(of == frame) for of in frames]
        for row, column, iou in match(boxes[0][rows[0]], boxes[1][rows[1]], min_iou):
            pairs.append((int(rows[0][row]), int(rows[1][column]), iou))
    return pairs
