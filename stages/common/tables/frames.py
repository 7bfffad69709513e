"""The frame table: every stored frame of a dataset, and the path of its archives."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

FRAMES = pa.DataFrameSchema(
    item_key()
    | {
        "frame": column(int, "index in presentation order, from 0", "frames"),
        "time": column(float, "presentation time since the first frame", "s"),
        "width": column(int, "stored width, after rotation", "px"),
        "height": column(int, "stored height, after rotation", "px"),
        "scale": column(float, "stored width divided by the width in the file"),
    },
    unique=[*KEY, "frame"],
    strict=True,
    coerce=True,
)


def frames_folder(dataset: str) -> Path:
    """Return the folder of the archives of frames; members are named by `frame_name`."""
    return Path("data/frames") / dataset


def frame_name(frame: int, suffix: str) -> str:
    """Return the name of a frame in its archive, such as ``000123.png``; names sort by frame."""
    return f"{frame:06d}{suffix}"


def frame_table_path(dataset: str) -> Path:
    """Return the path of the frame table of `dataset`."""
    return Path("data/frame_tables") / f"{dataset}.csv"
