"""The table of unchanged tracks: persons in fakes dropped because they match the original."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

UNCHANGED = pa.DataFrameSchema(
    item_key()
    | {
        "track": column(int, "number of the person's track within the item, from 0"),
        "faces": column(int, "faces of the track, all of which were dropped"),
        "change": column(float, "median difference from the original's face", "levels of 255"),
    },
    unique=[*KEY, "track"],
    strict=True,
    coerce=True,
)


def unchanged_path(dataset: str) -> Path:
    """Return the path of a dataset's dropped tracks; it is in git, so that drops are noticed."""
    return Path("metrics/faces") / f"{dataset}_unchanged.csv"
