"""Show a stage's progress: as a bar on a terminal, as occasional lines elsewhere."""

import sys
from typing import Any

from tqdm import tqdm

_LINE = "{desc}: {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]"
_SECONDS_BETWEEN_LINES = 30


def progress(label: str, total: int) -> "tqdm[Any]":
    """A tqdm bar over `total` items, quiet and line by line where there is no terminal."""
    if sys.stderr.isatty():
        return tqdm(desc=label, total=total, unit="item")
    return tqdm(
        desc=label,
        total=total,
        unit="item",
        file=_Lines(),
        mininterval=_SECONDS_BETWEEN_LINES,
        bar_format=_LINE,
    )


class _Lines:
    """Standard error, with a new line where tqdm would return to the start of its line."""

    def write(self, text: str) -> None:
        if line := text.strip("\r\n "):
            sys.stderr.write(f"{line}\n")

    def flush(self) -> None:
        sys.stderr.flush()
