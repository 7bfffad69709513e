"""The curves of a training as one table that DVC plots."""

from pathlib import Path

import pandas as pd


def write_history(path: Path, history: list[dict]) -> None:
    """Write one row an epoch, whole or not at all; parents are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    pd.DataFrame(history).to_csv(part, index=False, float_format="%.6f", lineterminator="\n")
    part.replace(path)
