"""The failure table: items that a stage skipped, each with its reason."""

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
    """Path of a stage's failure table: in git, so that no item is lost silently."""
    return Path("metrics") / stage / f"{name}_failures.csv"
