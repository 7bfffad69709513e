"""Two detectors' boxes to one set of faces."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.faces.overlap import match
from stages.faces.params import MinConfidence, Policy

BOX = ["x", "y", "width", "height"]
_OF_A_BOX = ["frame", *BOX, "confidence", *LANDMARK_COLUMNS]


def merge(
    detections: Mapping[str, pd.DataFrame],
    policy: Policy,
    min_iou: float,
    min_confidence: MinConfidence,
) -> pd.DataFrame:
    """Every face of a medium that any detector saw, once.

    Parameters
    ----------
    detections : mapping of str to DataFrame
        Rows of the detection table of one medium, by detector.
    policy : str
        With ``dlib``, a face that both saw has dlib's box, otherwise MTCNN's, which comes with
        landmarks.
    min_iou : float
        From this overlap on, two boxes are one face.
    min_confidence : MinConfidence
        Less sure boxes are left out.

    Returns
    -------
    DataFrame
        ``frame``, box, ``confidence`` and landmarks as in the detection table, ``seen_by``,
        ``iou`` (NaN where one detector saw the face), and ``kept``: whether the policy wants it.
        By frame, most confident first, faces that only the second detector saw last.
    """
    names = ["dlib", "mtcnn"] if policy == "dlib" else ["mtcnn", "dlib"]
    first, second = (_sure(detections.get(name), getattr(min_confidence, name)) for name in names)
    pairs = _pairs(first, second, min_iou)
    seen_by = np.full(len(first), names[0], object)
    iou = np.full(len(first), np.nan)
    for row, _, overlap in pairs:
        seen_by[row], iou[row] = "both", overlap
    alone = second.drop(index=[row for _, row, _ in pairs])
    faces = pd.concat(
        [first.assign(seen_by=seen_by, iou=iou), alone.assign(seen_by=names[1], iou=np.nan)]
        if len(alone)
        else [first.assign(seen_by=seen_by, iou=iou)]
    ).sort_values("frame", kind="stable", ignore_index=True)
    wanted = {"agreement": ["both"], "union": ["mtcnn", "dlib", "both"]}
    return faces.assign(kept=faces["seen_by"].isin(wanted.get(policy, [policy, "both"])))


def _sure(boxes: pd.DataFrame | None, least: float) -> pd.DataFrame:
    """Boxes of a detector that are sure enough, most confident first in each frame."""
    if boxes is None:
        return pd.DataFrame(columns=_OF_A_BOX, dtype=float)
    sure = boxes.loc[boxes["confidence"] >= least].sort_values(["frame", "face"])
    return sure[_OF_A_BOX].reset_index(drop=True)


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
