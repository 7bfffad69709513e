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
    """Where the failures of a stage are; small, in git, so that nobody loses items silently."""
    return Path("metrics") / stage / f"{name}_failures.csv"
