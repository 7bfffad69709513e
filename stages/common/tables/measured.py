"""The table of what is measured on the faces of the scored splits, once for all models."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

MEASURED = pa.DataFrameSchema(
    item_key()
    | {
        "frame": column(int, "index of the frame within the item, from 0"),
        "track": column(int, "number of the person's track within the item, from 0"),
        "brightness": column(float, "mean of the luma (BT.601) of the crop, 0 to 255"),
        "detail": column(float, "bytes a pixel of the stored crop"),
    },
    unique=[*KEY, "frame", "track"],
    strict=True,
    coerce=True,
)

MEASURED_PATH = Path("data/measured.csv")
