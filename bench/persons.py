"""Measure how much of a test score is persons that train shows as well.

Command
    ``python -m bench.persons BY_SOURCE BY_PERSON [--backbone mobilenet_v2] [--seeds 3]``
Reads
    Two repositories with the same data, in which ``dvc repro split`` was run with
    ``identify.weights``: with ``split.by: source`` and with ``split.by: person``
Writes
    ``.work/persons/BACKBONE/SEED.csv`` in each, the scores of a training by its params.yaml;
    existing runs are not repeated

The table, in Markdown, gives the AUC by video on test: of the split by source, on all of it and on
the items of persons whom train or val shows and of those whom they do not show; of the split by
person. Each is compared with the first by the difference of independent replicates of a bootstrap
over clusters and seeds, with the 95 % interval.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bench.recipes import Training, replicate_aucs, resampled_mean, train
from stages.common.table import read
from stages.common.tables.persons import PERSONS, PERSONS_PATH
from stages.common.tables.splits import ITEMS, ITEMS_PATH
from stages.split.persons import with_learnt_persons

WORK = Path(".work/persons")


def main() -> None:
    """Train what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--backbone", default="mobilenet_v2")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--train", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.train is not None:
        print(train(_training(args.backbone, args.train)), flush=True)
        return
    if len(args.folders) != 2:
        sys.exit("error: expected two repositories, split by source and by person")
    paths = [_training(args.backbone, seed).path for seed in range(args.seeds)]
    for seed, path in enumerate(paths):
        for folder in args.folders:
            if not (folder / path).exists():
                command = ["-m", "bench.persons", ".", "--backbone", args.backbone]
                subprocess.run(
                    [sys.executable, *command, "--train", str(seed)],
                    cwd=folder,
                    env=os.environ | {"PYTHONPATH": str(folder.resolve())},
                    check=True,
                )
    by_source, by_person = args.folders
    known, whole = known_groups(by_source), on_test(by_source, paths)
    rows = {
        "split by source": whole,
        "of these, persons of train or val": [one[one["group"].isin(known)] for one in whole],
        "of these, other persons": [one[~one["group"].isin(known)] for one in whole],
        "split by person": on_test(by_person, paths),
    }
    print(table(rows).to_markdown(index=False, disable_numparse=True))


def _training(backbone: str, seed: int) -> Training:
    path = WORK / backbone / f"{seed}.csv"
    return Training(path, backbone, seed, {}, threads=2, splits=("val", "test"))


def known_groups(folder: Path) -> set[str]:
    """The groups whose reals show a person whom train or val shows."""
    items, persons = read(folder / ITEMS_PATH, ITEMS), read(folder / PERSONS_PATH, PERSONS)
    return set(with_learnt_persons(items, persons)["group"])


def on_test(folder: Path, paths: Sequence[Path]) -> list[pd.DataFrame]:
    """Scores by video on test of each seed's training."""
    tables = [pd.read_csv(folder / path, keep_default_na=False) for path in paths]
    final = "level == 'video' and split == 'test' and statistics == ''"
    return [scores.query(final) for scores in tables]


def table(rows: dict[str, list[pd.DataFrame]]) -> pd.DataFrame:
    """AUC of each row, and its difference from the first."""
    aucs = {name: [replicate_aucs(one) for one in of_row] for name, of_row in rows.items()}
    first, *_ = aucs
    rng = np.random.default_rng(0)
    found = []
    for name, of_row in rows.items():
        labels = of_row[0]["label"].value_counts()
        row = {
            "test": name,
            "reals": labels.get("real", 0),
            "fakes": labels.get("fake", 0),
            "auc": f"{np.mean([value for value, _ in aucs[name]]):.3f}",
        }
        if name != first:
            # Other videos, or a part of the same: each side resampled on its own
            one, other = (rng.permutation(resampled_mean(aucs[key], rng)) for key in (name, first))
            low, high = np.percentile(one - other, [2.5, 97.5])
            point = np.mean([value for value, _ in aucs[name]])
            point -= np.mean([value for value, _ in aucs[first]])
            row |= {"difference": f"{point:+.3f}", "interval": f"{low:+.3f} to {high:+.3f}"}
        found.append(row)
    return pd.DataFrame(found).fillna("")


if __name__ == "__main__":
    main()
