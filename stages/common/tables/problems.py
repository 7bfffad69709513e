"""The problem table: the problems found in a dataset's items or in the split."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import column

PROBLEMS = pa.DataFrameSchema(
    {
        "problem": column(str, "name of the problem, and of the parameter that sets its action"),
        "path": column(str, "file, relative to data/raw"),
        "detail": column(str, "the conflicting item, or what was found instead"),
        "action": column(str, "value of the parameter", checks=pa.Check.isin(["drop", "error"])),
    },
    unique=["problem", "path"],
    strict=True,
    coerce=True,
)


def problems_path(name: str) -> Path:
    """Return the path of a problem table; it is in git, so that dropped items are noticed."""
    return Path("metrics") / f"{name}_problems.csv"
