"""The frame table: every stored frame of a dataset, and where its archives are."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

FRAMES = pa.DataFrameSchema(
    item_key()
    | {
        "frame": column(int, "index in presentation order, from 0", "frames"),
        "time": column(float, "presentation time, from the first frame's 0", "s"),
        "width": column(int, "width as stored, rotation obeyed", "px"),
        "height": column(int, "height as stored, rotation obeyed", "px"),
        "scale": column(float, "stored width over the width in the file"),
    },
    unique=[*KEY, "frame"],
    strict=True,
    coerce=True,
)


def frames_folder(dataset: str) -> Path:
    """Folder of the archives of frames; a member is called `frame_name(frame, suffix)`."""
    return Path("data/frames") / dataset


def frame_name(frame: int, suffix: str) -> str:
    """Name of a frame inside its archive, such as ``000123.png``; names sort as frames do."""
    return f"{frame:06d}{suffix}"


def frame_table_path(dataset: str) -> Path:
    """Where the frame table of `dataset` is."""
    return Path("data/frame_tables") / f"{dataset}.csv"
