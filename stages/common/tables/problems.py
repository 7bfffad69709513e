"""The problem table: what was found wrong with a dataset's items, by name."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import column

PROBLEMS = pa.DataFrameSchema(
    {
        "problem": column(str, "what is wrong; the name of the parameter that decides on it"),
        "path": column(str, "file, relative to data/raw"),
        "detail": column(str, "what it clashes with, or what was found instead"),
        "action": column(str, "what the parameter said", checks=pa.Check.isin(["drop", "error"])),
    },
    unique=["problem", "path"],
    strict=True,
    coerce=True,
)


def problems_path(name: str) -> Path:
    """Where the problems of a dataset, or of the split, are; in git, so that a drop is seen."""
    return Path("metrics") / f"{name}_problems.csv"
