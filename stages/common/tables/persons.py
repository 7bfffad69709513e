"""The table of persons: who is in each track of a real video, over all datasets."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

PERSONS = pa.DataFrameSchema(
    item_key()
    | {
        "track": column(int, "number of the track within the item, from 0"),
        "person": column(int, "number of the person, equal in all items that show them, from 0"),
    },
    unique=[*KEY, "track"],
    strict=True,
    coerce=True,
)

PERSONS_PATH = Path("data/persons.csv")
