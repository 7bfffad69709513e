"""Which frames a detector need not search, since one before it was sure of their faces."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from stages.common.params import Section
from stages.common.tables.detections import MISSES, Second


def sure_frames(
    frames: pd.DataFrame,
    detections: Mapping[str, pd.DataFrame],
    min_confidence: Mapping[str, float],
) -> np.ndarray:
    """Return the frames in which some detector was sure.

    A detector is sure of a frame if it found at least one face there and each of its boxes counts,
    that is, has at least ``faces.min_confidence``. A frame without a face and one with a doubtful
    box are left to the next detector.

    Parameters
    ----------
    frames : DataFrame
        ``frame``, with the item's key if there are several items.
    detections : mapping of str to DataFrame
        The same columns and ``confidence`` of the boxes found so far, by detector.
    min_confidence : mapping of str to float
        Least confidence of a box that counts, by detector.

    Returns
    -------
    ndarray of bool, shape (len(frames),)
    """
    columns = [name for name in ("dataset", "method", "item", "frame") if name in frames]
    keys = pd.MultiIndex.from_frame(frames[columns])
    sure = np.zeros(len(frames), bool)
    for name, boxes in detections.items():
        of_frames = pd.MultiIndex.from_frame(boxes[columns])
        counts = (boxes["confidence"] >= min_confidence[name]).to_numpy(bool)
        sure |= keys.isin(of_frames[counts]) & ~keys.isin(of_frames[~counts])
    return sure


def boxes_in_turn(
    frames: pd.DataFrame,
    detectors: Mapping[str, Section],
    second: Second,
    min_confidence: Mapping[str, float],
    detect: Callable[[tuple[int, ...], str, Section], dict[str, list[Any]]],
) -> dict[str, pd.DataFrame]:
    """Detect the faces of one item with all detectors.

    Parameters
    ----------
    frames : DataFrame
        ``frame`` of each frame of the item.
    detectors : mapping of str to Section
        Parameters of each detector, in the order of ``detectors``.
    second : {"misses", "always"}
        ``detect.second``: which frames the detectors after the first one search.
    min_confidence : mapping of str to float
        Least confidence of a box that counts, by detector.
    detect : callable
        Called with the frames to search, and a detector's name and parameters; returns columns of
        the detection table without the key.

    Returns
    -------
    dict of str to DataFrame
        Rows of the detection table without the key, by detector.
    """
    boxes: dict[str, pd.DataFrame] = {}
    for name, params in detectors.items():
        searched = frames["frame"]
        if second == MISSES:
            searched = searched[~sure_frames(frames, boxes, min_confidence)]
        rows = detect(tuple(searched.tolist()), name, params)
        boxes[name] = pd.DataFrame(rows).astype(float).astype({"frame": int, "face": int})
    return boxes
