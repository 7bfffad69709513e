"""Show that two runs from different machines agree within a tolerance.

Command
    ``python -m proofs.agreement FOLDER FOLDER [--tolerance 0.2]``
Shows
    Each folder is a clone in which the pipeline ran, with its data. The outs of `sample` and
    `index` and the frames and groups of each split must be the same (boxes may differ in the last
    digit), and every metric must agree within the tolerance. Otherwise, the differences are printed
    and the exit code is 1.

Numerical libraries choose different kernels on different CPUs, which sum in a different order, and
training amplifies the rounding differences. Byte-identical results are therefore guaranteed for one
type of CPU only.
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
    """Metrics that differ by more than `tolerance`, or that only one run has.

    Which method or dataset is the worst may differ: close ones change places.
    """
    found = []
    for name in sorted(first.keys() | second.keys()):
        if ".worst" in name and name.endswith(("_method", "_dataset")):
            continue
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
    """Splits whose frames or groups differ between the two runs."""

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
