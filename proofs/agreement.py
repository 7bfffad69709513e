"""Two runs from different machines agree within the stated tolerance.

Command
    ``python -m proofs.agreement FOLDER FOLDER [--tolerance 0.2]``
Shows
    Each folder is a clone in which the pipeline ran, with its data. The outs of `sample` and
    `index` must be the same, and so must be the frames and groups that each split holds (their
    boxes may differ by a last digit); every metric must agree within the tolerance. Exit code 1
    and what differs if not.

Arithmetic libraries choose other kernels on another CPU, sums are rounded in another order, and
a training amplifies that: its bytes are promised for one kind of CPU only.
"""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd
import yaml

from proofs.identical import differing_outs
from stages.common.table import KEY
from stages.common.tables.splits import SPLIT_NAMES, split_path

_DIVISION = [*KEY, "frame", "label", "group"]


def disagreements(first: dict, second: dict, tolerance: float) -> list[str]:
    """Metrics, by name, that differ by more than `tolerance` or that only one run has."""
    found = []
    for name in sorted(first.keys() | second.keys()):
        one, other = first.get(name), second.get(name)
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        if (numbers and abs(one - other) > tolerance) or (not numbers and one != other):
            found.append(f"{name}: {one} and {other}")
    return found


def metrics_of(folder: Path) -> dict[str, int | float | str]:
    """All metrics of a run, named ``<file>: <metric>``."""
    return {
        f"{path.relative_to(folder)}: {name}": value
        for path in sorted((folder / "metrics").rglob("*.json"))
        for name, value in json.loads(path.read_text(encoding="utf-8")).items()
    }


def differing_splits(first: Path, second: Path) -> list[str]:
    """The splits that hold other frames or groups in one run than in the other."""

    def division(folder: Path, split: str) -> pd.DataFrame:
        return pd.read_csv(folder / split_path(split), dtype=str)[_DIVISION]

    return [
        str(split_path(split))
        for split in SPLIT_NAMES
        if not division(first, split).equals(division(second, split))
    ]


def main() -> None:
    """Compare two runs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs=2, type=Path, metavar="FOLDER")
    parser.add_argument("--tolerance", type=float, default=0.2)
    args = parser.parse_args()
    locks = [yaml.safe_load((folder / "dvc.lock").read_text()) for folder in args.folders]
    exact = ("sample:", "index@")
    outs = [name for name in differing_outs(*locks) if name.startswith(exact)]
    outs += differing_splits(*args.folders)
    metrics = disagreements(*map(metrics_of, args.folders), args.tolerance)
    if outs or metrics:
        sys.exit("the runs disagree:\n" + "\n".join(outs + metrics))
    print(f"the runs agree: {len(metrics_of(args.folders[0]))} metrics within {args.tolerance}")


if __name__ == "__main__":
    main()
