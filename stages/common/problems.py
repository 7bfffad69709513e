"""Handle the problems that a stage found: raise an error, or report what was dropped."""

import sys
from pathlib import Path

import pandas as pd

from stages.common.errors import InputError, first_of


def raise_or_report(table: pd.DataFrame, section: str, written: Path) -> None:
    """Raise an error for problems whose action is "error", and report the files that were dropped.

    Parameters
    ----------
    table : DataFrame
        The problem table.
    section : str
        Section of params.yaml that sets the actions.
    written : Path
        File that contains the whole table.

    Raises
    ------
    InputError
        A problem's action is "error"; the message lists its first ten files.
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
