"""Measure AUC against the number of groups to train on, and extrapolate it to more.

Command
    ``python -m bench.learning_curve [--backbone vgg16] [--groups 250 500 1000 2000 4000]
    [--seeds 3] [--at-once 2]``, in a repository where ``data/split`` and ``data/faces`` exist
Reads
    ``params.yaml``, the splits train, val and unseen (not test), the crops in ``data/faces``
Writes
    ``.work/learning_curve/BACKBONE/GROUPS-SEED.csv``, and for all groups of train the variant
    ``recipe`` of `bench.recipes`; existing runs are not repeated. Remove them after a change of the
    data or of params.yaml

All numbers of groups below that of train, and all of train, are trained for equally many steps.
The groups of a seed are nested: more of them contain the fewer. The first table gives the AUC by
video, its mean over the seeds, and what it has over the row before, with the intervals of
`bench.recipes`. The second one fits a power law, ``1 - AUC = floor + scale * groups ** -exponent``
(Cortes et al., NIPS 1993; Hestness et al., 2017), and extrapolates it to twice and four times the
groups. Its intervals of 95 % are those of a bootstrap over seeds and clusters. They hold the truth
in 80 to 90 % of made curves with four seeds, and only as far as the law holds beyond what was
measured.
"""

import argparse
import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from bench.recipes import (
    Training,
    difference,
    replicate_aucs,
    run_missing,
    training,
)
from stages.common.metrics.bootstrap import multiway_replicates
from stages.common.table import read
from stages.common.tables.splits import SPLIT, split_path

WORK = Path(".work/learning_curve")
GROUPS = [250, 500, 1000, 2000, 4000]
FURTHER = (2, 4)
UNIT = 1000
"""Groups are counted in thousands in the law, so that its values are of similar size."""


def main() -> None:
    """Train the missing runs, then print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backbone", default="vgg16")
    parser.add_argument("--groups", nargs="+", type=int, default=GROUPS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=os.cpu_count())
    args = parser.parse_args()
    whole = read(split_path("train"), SPLIT)["group"].nunique()
    numbers = [*sorted(number for number in args.groups if number < whole), whole]
    if len(numbers) < 3:
        parser.error(f"a law needs three numbers of groups or more; train has {whole} groups")
    trainings = {
        (seed, number): _training(args.backbone, number, seed, whole)
        for seed, number in itertools.product(range(args.seeds), numbers)
    }
    run_missing([*trainings.values()], args.at_once)
    scores = {key: pd.read_csv(one.path, keep_default_na=False) for key, one in trainings.items()}
    for split in ("val", "unseen"):
        aucs = [
            [_auc(scores[seed, number], split) for number in numbers] for seed in range(args.seeds)
        ]
        if all(aucs[0]):
            print(f"{split}:\n")
            print(gains(numbers, aucs).to_markdown(index=False, disable_numparse=True), end="\n\n")
            print(extrapolated(numbers, aucs).to_markdown(index=False, floatfmt=".3f"), end="\n\n")


def _training(backbone: str, number: int, seed: int, whole: int) -> Training:
    if number == whole:
        return training(backbone, "recipe", seed)
    return Training(WORK / backbone / f"{number}-{seed}.csv", backbone, seed, {}, groups=number)


Auc = tuple[float, np.ndarray]
"""An AUC and its replicates, shape (1, replicates), those of equal faces being paired."""


def _auc(scores: pd.DataFrame, split: str) -> Auc | None:
    """AUC by video of a split, with the final batch statistics; None if the split is empty."""
    final = scores["statistics"] == ""
    part = scores[final & (scores["split"] == split) & (scores["level"] == "video")]
    if part.empty:
        return None
    value, replicates = replicate_aucs(part)
    return value, multiway_replicates(value, replicates)[None]


def gains(numbers: list[int], aucs: list[list[Auc]]) -> pd.DataFrame:
    """AUC of each number of groups, and what it has over the one before.

    Parameters
    ----------
    numbers : list of int
        Of groups, rising.
    aucs : list of list
        AUC and replicates of each seed and number.
    """
    rows: list[dict[str, Any]] = []
    for index, number in enumerate(numbers):
        of_seeds = [of_seed[index] for of_seed in aucs]
        row = {"groups": number, "auc": f"{np.mean([value for value, _ in of_seeds]):.3f}"}
        if index:
            before = [of_seed[index - 1] for of_seed in aucs]
            pairs = zip(of_seeds, before, strict=True)
            row |= difference([(one - of, ones - ofs) for (one, ones), (of, ofs) in pairs])
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def power_law(groups: np.ndarray, floor: float, scale: float, exponent: float) -> np.ndarray:
    """1 - AUC of a training on so many groups; `scale` is that of a thousand, above the floor."""
    return floor + scale * (groups / UNIT) ** -exponent


def fitted(numbers: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Floor, scale and exponent by least squares; the floor is at most an AUC of chance."""
    start = (errors.min() / 2, errors.min() / 2, 0.5)

    def residuals(law: np.ndarray) -> np.ndarray:
        return power_law(numbers, *law) - errors

    return least_squares(residuals, start, bounds=([0, 0, 0], [0.5, np.inf, 2])).x


def extrapolated(numbers: list[int], aucs: list[list[Auc]], replicates: int = 1000) -> pd.DataFrame:
    """The fitted law and its AUC at the numbers measured and beyond, with intervals of 95 %.

    Parameters
    ----------
    numbers, aucs
        As of `gains`; three numbers or more.
    replicates : int
        How many of the replicates of `aucs` are fitted.
    """
    known = np.array(numbers)
    shown = np.append(known, known[-1] * np.array(FURTHER))
    errors = 1 - np.array([[value for value, _ in of_seed] for of_seed in aucs])
    # (seeds, numbers, replicates): each replicate has its clusters, and seeds drawn from these
    kept = min(replicates, *(found.shape[1] for of_seed in aucs for _, found in of_seed))
    of_clusters = 1 - np.array([[found[0, :kept] for _, found in of_seed] for of_seed in aucs])
    # Few seeds drawn from themselves vary too little: by (n - 1) / n
    rng, seeds = np.random.default_rng(1), len(aucs)
    mean = of_clusters.mean(axis=0)
    of_clusters = mean + (of_clusters - mean) * np.sqrt(seeds / max(1, seeds - 1))
    drawn = rng.integers(seeds, size=(seeds, 1, kept))
    resampled = np.take_along_axis(of_clusters, drawn, axis=0).mean(axis=0)

    law = fitted(known, errors.mean(axis=0))
    laws = np.array([fitted(known, of_replicate) for of_replicate in resampled.T])
    curves = 1 - np.array([power_law(shown, *one) for one in laws])
    rows = [
        {"": f"AUC at {number:,} groups", "law": value, "low": low, "high": high}
        for number, value, low, high in zip(
            shown,
            1 - power_law(shown, *law),
            *np.percentile(curves, [2.5, 97.5], axis=0),
            strict=True,
        )
    ]
    for name, value, found in zip(("floor", "scale", "exponent"), law, laws.T, strict=True):
        low, high = np.percentile(found, [2.5, 97.5])
        rows.append({"": name, "law": value, "low": low, "high": high})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
