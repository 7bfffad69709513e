"""Frames of a fake and of the original that it was made from."""

import pandas as pd

from stages.common.table import KEY

_TIME_TOLERANCE = 0.01  # s, half the duration of a frame at 50 frames per second


def frames_of_originals(frames: pd.DataFrame, index: pd.DataFrame) -> pd.DataFrame:
    """Match frames of fakes with the frame of their original of the same time and size.

    Parameters
    ----------
    frames : DataFrame
        The frame table.
    index : DataFrame
        The index table of the same dataset.

    Returns
    -------
    DataFrame
        The key and ``frame`` of each frame of a fake that has a match, ``original``,
        ``original_method`` and ``original_frame``.
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
    matched = paired[paired["original_frame"].notna()]
    columns = [*KEY, "frame", "original", "original_method", "original_frame"]
    return matched[columns].astype({"original_frame": int})
