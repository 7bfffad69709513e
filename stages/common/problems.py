"""Handle the problems that a stage found: end with an error, or report what was dropped."""

import sys
from pathlib import Path

import pandas as pd

from stages.common.errors import InputError, first_of


def enforce(table: pd.DataFrame, section: str, written: Path) -> None:
    """Raise an error for problems that the parameters treat as errors, and report what was dropped.

    Parameters
    ----------
    table : DataFrame
        The problem table.
    section : str
        Section of params.yaml that decides.
    written : Path
        Where the whole table is.

    Raises
    ------
    InputError
        With the first ten of each kind.
    """
    for problem, rows in table.groupby("problem"):
        lines = [f"{row.path}: {row.detail}" for row in rows.itertuples()]
        named = "\n  ".join(["", *first_of(lines, str(written))])
        if rows["action"].iloc[0] == "error":
            raise InputError(
                f"{len(rows)} files with problem {problem}:{named}\n"
                f"repair them, or set {section}.{problem} to drop in params.yaml"
            )
        print(f"dropped, {problem}: {len(rows)}{named}", file=sys.stderr)
