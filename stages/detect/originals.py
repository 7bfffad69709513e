"""Reuse an original's boxes for the fakes made from it, where both show the same frames.

A fake of DFDC or FaceForensics++ shows its original with another face in the same place, so that
detection on originals alone serves both. Source of the method: selimsef/dfdc_deepfake_challenge,
``preprocessing/detect_original_faces.py``.
"""

import pandas as pd

from stages.common.table import KEY

_SAME_TIME = 0.01  # s, half of the time that a frame is shown at 50 frames a second


def frames_of_originals(frames: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Which frame of its original each frame of a fake equals, by time and size.

    Parameters
    ----------
    frames : DataFrame
        The frame table.
    index : DataFrame
        The index table of the same dataset.

    Returns
    -------
    DataFrame
        The key and ``frame`` of each fake's frames, ``original``, ``original_method`` and
        ``original_frame``; only of fakes of which every stored frame has such a frame. Any other
        fake must be looked at itself.
    """
    named = index.loc[(index["label"] == "fake") & (index["original"] != ""), [*KEY, "original"]]
    # Of two reals with one name, none is known to be the original
    reals = index.loc[index["label"] == "real", KEY].drop_duplicates("item", keep=False)
    own = frames.merge(named, on=KEY).sort_values("time")
    theirs = (
        frames.merge(reals, on=KEY)
        .rename(columns={"item": "original", "method": "original_method"})
        .assign(original_frame=lambda rows: rows["frame"])
        .sort_values("time")
    )
    same = ["original", "width", "height"]
    paired = pd.merge_asof(
        own,
        theirs[[*same, "time", "original_method", "original_frame"]],
        on="time",
        by=same,
        direction="nearest",
        tolerance=_SAME_TIME,
    )
    paired["found"] = paired["original_frame"].notna()
    whole = paired[paired.groupby(KEY)["found"].transform("all")]
    columns = [*KEY, "frame", "original", "original_method", "original_frame"]
    return whole[columns].astype({"original_frame": int})


def boxes_of_originals(boxes: pd.DataFrame, reused: pd.DataFrame) -> pd.DataFrame:
    """Rows of the detection table for fakes, taken from those of their originals.

    Parameters
    ----------
    boxes : DataFrame
        Rows of the detection table, those of the originals among them.
    reused : DataFrame
        What `frames_of_originals` gives.
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
    """Rows of the failure table for fakes whose original failed."""
    fakes = reused[[*KEY, "original", "original_method"]].drop_duplicates()
    theirs = failures.rename(columns={"item": "original", "method": "original_method"})
    of_fakes = fakes.merge(theirs, on=["dataset", "original", "original_method"])
    return of_fakes.assign(error="its original: " + of_fakes["error"])
