"""Reuse an original's boxes for the fakes made from it, if both have the same frames.

A fake of DFDC or FaceForensics++ shows its original with another face in the same place, so it is
enough to run detection on the originals. Source of the method: selimsef/dfdc_deepfake_challenge,
``preprocessing/detect_original_faces.py``.
"""

import pandas as pd

from stages.common.table import KEY

_TIME_TOLERANCE = 0.01  # s, half the duration of a frame at 50 frames per second


def frames_of_originals(frames: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
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
        The key and ``frame`` of each fake's frames, ``original``, ``original_method`` and
        ``original_frame``. Only fakes whose stored frames all have a match are included; in any
        other fake, faces must be detected.
    """
    named = index.loc[(index["label"] == "fake") & (index["original"] != ""), [*KEY, "original"]]
    # If two reals have the same name, it is unknown which of them is the original
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
        tolerance=_TIME_TOLERANCE,
    )
    paired["found"] = paired["original_frame"].notna()
    whole = paired[paired.groupby(KEY)["found"].transform("all")]
    columns = [*KEY, "frame", "original", "original_method", "original_frame"]
    return whole[columns].astype({"original_frame": int})


def boxes_of_originals(boxes: pd.DataFrame, reused: pd.DataFrame) -> pd.DataFrame:
    """Copy the originals' rows of the detection table for their fakes.

    Parameters
    ----------
    boxes : DataFrame
        Rows of the detection table, including those of the originals.
    reused : DataFrame
        Result of `frames_of_originals`.
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
