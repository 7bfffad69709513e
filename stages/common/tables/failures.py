"""The failure table: media that a stage set aside, each with its reason."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

FAILURES = pa.DataFrameSchema(
    item_key() | {"error": column(str, "why the medium was set aside")},
    unique=KEY,
    strict=True,
    coerce=True,
)


def failures_path(stage: str, name: str) -> Path:
    """Where the failures of a stage are; small, in git, so that nobody loses media silently."""
    return Path("metrics") / stage / f"{name}_failures.csv"
