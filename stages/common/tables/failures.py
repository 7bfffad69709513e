"""The failure table: the items that a stage skipped, with the reason for each."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

FAILURES = pa.DataFrameSchema(
    item_key() | {"error": column(str, "why the item was skipped")},
    unique=KEY,
    strict=True,
    coerce=True,
)


def failures_path(stage: str, name: str) -> Path:
    """Return the path of a stage's failure table; it is in git, so that failures are noticed."""
    return Path("metrics") / stage / f"{name}_failures.csv"
