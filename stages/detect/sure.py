"""Which frames a detector need not search, since one before it was sure of their faces."""

from collections.abc import Mapping

import numpy as np
import pandas as pd


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
