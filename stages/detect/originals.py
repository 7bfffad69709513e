"""Reuse an original's boxes for the fakes made from it, if both have the same frames.

A fake of DFDC or FaceForensics++ shows its original with another face in the same place, so it is
enough to run detection on the originals. Source of the method: selimsef/dfdc_deepfake_challenge,
``preprocessing/detect_original_faces.py``.
"""

import pandas as pd

from stages.common.originals import frames_of_originals
from stages.common.table import KEY


def fakes_like_their_originals(frames: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Match each frame of a fake with the frame of its original of the same time and size.

    Parameters
    ----------
    frames : DataFrame
        The frame table.
    index : DataFrame
        The index table of the same dataset.

    Returns
    -------
    DataFrame
        Rows of `stages.common.originals.frames_of_originals` of the fakes whose stored frames all
        have a match; in any other fake, faces must be detected.
    """
    matched = frames_of_originals(frames, index)
    stored = frames.groupby(KEY).size().rename("stored")
    with_match = matched.groupby(KEY)["frame"].transform("size")
    whole = with_match == matched.join(stored, on=KEY)["stored"]
    return matched[whole]


def boxes_of_originals(boxes: pd.DataFrame, reused: pd.DataFrame) -> pd.DataFrame:
    """Copy the originals' rows of the detection table for their fakes.

    Parameters
    ----------
    boxes : DataFrame
        Rows of the detection table, including those of the originals.
    reused : DataFrame
        Result of `fakes_like_their_originals`.
    """
    theirs = boxes.rename(
        columns={
            "item": "original",
            "method": "original_method",
            "frame": "original_frame",
        }
    ).drop(columns="dataset")
    return reused.merge(theirs, on=["original", "original_method", "original_frame"])


def failures_of_originals(failures: pd.DataFrame, reused: pd.DataFrame) -> pd.DataFrame:
    """Build rows of the failure table for fakes whose original failed."""
    fakes = reused[[*KEY, "original", "original_method"]].drop_duplicates()
    theirs = failures.rename(columns={"item": "original", "method": "original_method"})
    of_fakes = fakes.merge(theirs, on=["dataset", "original", "original_method"])
    return of_fakes.assign(error="its original: " + of_fakes["error"])
