"""Show a stage's progress: a bar on a terminal, occasional lines elsewhere."""

import sys
from typing import Any

from tqdm import tqdm

_LINE = "{desc}: {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]"
_SECONDS_BETWEEN_LINES = 30


def progress(label: str, total: int) -> "tqdm[Any]":
    """Create a tqdm bar over `total` items; without a terminal, it prints a line now and then."""
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
    """Standard error, with line breaks in place of tqdm's carriage returns."""

    def write(self, text: str) -> None:
        if line := text.strip("\r\n "):
            sys.stderr.write(f"{line}\n")

    def flush(self) -> None:
        sys.stderr.flush()
