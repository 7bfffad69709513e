"""Compare variants of the training recipe in params.yaml over several seeds.

Command
    ``python -m bench.recipes --variants pairs groups all [--backbone vgg16] [--seeds 5]
    [--at-once 2]``, in a repository where ``data/split`` and ``data/faces`` exist
Reads
    ``params.yaml``, the splits train, val and unseen (not test), the crops in ``data/faces``
Writes
    ``.work/recipes/BACKBONE/VARIANT-SEED.csv``, the scores of one training run; existing runs are
    not repeated, so that an interrupted benchmark can be resumed

The first variant is what the others are compared with. A seed is that of order, augmentation and
first weights; the data stay. A training takes one thread. The table gives the mean AUC over the
seeds, and the mean paired difference (same seed, same faces) with two intervals of 95 %: t over
the seeds (would other seeds say the same of these people?), and a bootstrap over seeds and
clusters (would other people?).

For networks with batch normalisation, every training is scored twice: with the moving averages, and
after batch statistics were estimated again. The former is compared with the latter.
"""

import argparse
import hashlib
import itertools
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

VARIANTS: dict[str, dict[str, Any]] = {
    "pairs": {"sampling": "pairs"},
    "groups": {"sampling": "groups"},
    "all": {"sampling": "all"},
    "self_blended": {"self_blended": {"share": 0.5}},
    "h264": {"augment": {"h264": {"probability": 0.3}}},
    "last_block": {"tune": {"from": "last_block"}},
    "light_10": {
        "augment": {
            "color_jitter": {
                "brightness": 0.1,
                "contrast": 0.1,
                "gamma": 0.0,
                "saturation": 0.0,
                "hue": 0.0,
            }
        }
    },
    "decay_0": {"weight_decay": 0.0},
    "short": {"tune": {"epochs": 5}},
    "long": {"tune": {"epochs": 12}},
    "short_99": {"bn_momentum": 0.99, "tune": {"epochs": 5}},
    "long_99": {"bn_momentum": 0.99, "tune": {"epochs": 12}},
}
"""Changes by each variant to the recipe in params.yaml for a backbone.

``…_99`` use Keras's default momentum for the moving averages of batch normalisation.
"""

WORK = Path(".work/recipes")
SCORED = ("val", "unseen")
MOVING_AVERAGES = ", moving averages"
REPLICATES = 2000


def main() -> None:
    """Train the missing runs, then print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backbone", default="vgg16")
    parser.add_argument(
        "--variants", nargs="+", choices=VARIANTS, default=["pairs", "groups", "all"]
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=os.cpu_count())
    args = parser.parse_args()
    # All variants of a seed come before the next seed, so that an interruption leaves full pairs
    wanted = [
        (args.backbone, variant, seed)
        for seed, variant in itertools.product(range(args.seeds), args.variants)
        if not scores_path(args.backbone, variant, seed).exists()
    ]
    with ProcessPoolExecutor(
        args.at_once, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        for training in as_completed([pool.submit(train, *one) for one in wanted]):
            print(training.result(), flush=True)
    print(comparison(args.backbone, args.variants).to_string(index=False))


def scores_path(backbone: str, variant: str, seed: int) -> Path:
    """Path of the scores of one training run."""
    return WORK / backbone / f"{variant}-{seed}.csv"


def train(backbone: str, variant: str, seed: int) -> str:
    """Train once, write the scores on val and unseen, and return a summary line."""
    from stages.common.files import write_whole
    from stages.common.params import check, merged
    from stages.common.table import read
    from stages.common.tables.splits import SPLIT, split_path
    from stages.train.backbones import BACKBONES
    from stages.train.backend import prepare
    from stages.train.batches import TrainBatches, ValBatches
    from stages.train.checkpoint import Checkpoints
    from stages.train.faces import load_faces
    from stages.train.fitting import Run, fit
    from stages.train.network import batch_normalisations, build_network
    from stages.train.params import RecipeParams, recipe_for
    from stages.train.precise_bn import estimate_batch_statistics

    start = time.monotonic()
    recipe = merged(recipe_for(backbone).model_dump(), VARIANTS[variant])
    precise_bn_batches = recipe["precise_bn_batches"]
    changes = {"seed": seed, "threads": 1, "precise_bn_batches": 0}
    params = check(recipe | changes, RecipeParams, variant)
    chosen = BACKBONES[backbone]
    size = params.input_size or chosen.input_size
    faces = {split: load_faces(read(split_path(split), SPLIT), size) for split in ("train", "val")}
    batches = TrainBatches(faces["train"], params)
    run = (chosen, params, batches, ValBatches(faces["val"], params))
    path = scores_path(backbone, variant, seed)
    with prepare(params, "cpu"):
        network = build_network(chosen, size, params.weights, params.dropout)
        digest = hashlib.sha256(f"{params}".encode()).hexdigest()
        checkpoints = Checkpoints(path.with_suffix(""), digest)
        history = fit(Run(network, *run, checkpoints), lambda history: None)
        scores = []
        if batch_normalisations(network):
            scores.append(_scores(network).assign(statistics=MOVING_AVERAGES))
            steps = params.tune.epochs * len(batches)
            estimate_batch_statistics(network, batches, precise_bn_batches, steps)
        scores.append(_scores(network).assign(statistics=""))
    write_whole(path, pd.concat(scores).to_csv(index=False))
    checkpoints.remove()
    return f"{path.stem}: {len(history)} epochs, {time.monotonic() - start:.0f} s"


def _scores(network: Any) -> pd.DataFrame:
    """Score faces and items as `evaluate` does, without the test split."""
    from stages.common.metrics.decision import DecisionParams, fit_decision
    from stages.common.metrics.score_tables import score_tables
    from stages.common.network import score_faces
    from stages.common.params import load
    from stages.common.table import read
    from stages.common.tables.scores import SOURCES
    from stages.common.tables.splits import SPLIT, split_path

    parts = [read(split_path(split), SPLIT).assign(split=split) for split in SCORED]
    faces = pd.concat(parts, ignore_index=True)
    logits = score_faces(network, faces, load("evaluate.batch_size", int), 1)
    val = (faces["split"] == "val").to_numpy()
    decision = fit_decision(faces[val], logits[val], load("decision", DecisionParams))
    levels = dict(zip(("frame", "video"), score_tables(faces, logits, decision), strict=True))
    kept = ["level", "split", *SOURCES, "label", "p_fake"]
    return pd.concat([table.assign(level=level)[kept] for level, table in levels.items()])


def comparison(backbone: str, variants: list[str]) -> pd.DataFrame:
    """AUC of each variant and its difference from the first one, by split and level.

    Only seeds that both variants have are compared.
    """
    tables = {
        (variant, int(path.stem.rpartition("-")[2])): pd.read_csv(path, keep_default_na=False)
        for variant in variants
        for path in sorted((WORK / backbone).glob(f"{variant}-*.csv"))
    }
    scores = pd.concat(tables, names=["variant", "seed", "row"]).reset_index()
    scores = scores.assign(variant=scores["variant"] + scores["statistics"])
    rows = []
    for (split, level), part in scores.groupby(["split", "level"], sort=False):
        aucs = {
            one: replicate_aucs(of_one)
            for one, of_one in part.groupby(["variant", "seed"], sort=False)
        }
        for variant in part["variant"].unique():
            base = variant.removesuffix(MOVING_AVERAGES)
            base = base if base != variant else variants[0]
            seeds = [seed for name, seed in aucs if name == variant and (base, seed) in aucs]
            row = {"split": split, "level": level, "variant": variant, "seeds": len(seeds)}
            row["auc"] = f"{np.mean([aucs[variant, seed][0] for seed in seeds]):.3f}"
            if variant != base:
                row["against"] = base
                pairs = [(aucs[variant, seed], aucs[base, seed]) for seed in seeds]
                row |= difference([(one - of, ones - ofs) for (one, ones), (of, ofs) in pairs])
            rows.append(row)
    return pd.DataFrame(rows).fillna("")


def replicate_aucs(scores: pd.DataFrame) -> tuple[float, np.ndarray]:
    """AUC, and its replicates of shape (1 or 2, replicates): equal clusters, equal resamplings."""
    from stages.common.metrics.bootstrap import Intervals, resample
    from stages.common.metrics.clusters import Clusters
    from stages.common.metrics.definitions import DEFINITIONS
    from stages.common.metrics.replicates import Replicates
    from stages.common.metrics.scores import Scores

    auc = DEFINITIONS["auc"]
    clusters = Clusters.of(scores)
    scored = Scores((scores["label"] == "fake").to_numpy(), scores["p_fake"].to_numpy())
    found = resample(
        clusters,
        Intervals(replicates=REPLICATES, confidence=0.95, min_clusters=2, seed=0),
        lambda weights: {"auc": auc.of_replicates(Replicates(scored, clusters.unit, weights))},
    )
    return float(auc.of(scored)), found["auc"]


def difference(of_seeds: list[tuple[float, np.ndarray]]) -> dict[str, Any]:
    """Mean paired difference with both intervals, from the differences of each seed's AUCs."""
    from stages.common.metrics.bootstrap import multiway_replicates

    point = np.array([value for value, _ in of_seeds])
    rng, seeds = np.random.default_rng(1), len(point)
    stacked = np.stack([multiway_replicates(value, replicates) for value, replicates in of_seeds])
    drawn = rng.integers(seeds, size=(seeds, stacked.shape[1]))
    resampled = np.take_along_axis(stacked, drawn, axis=0).mean(axis=0)
    low, high = np.percentile(resampled, [2.5, 97.5])
    mean = point.mean()
    over_seeds = ""  # undefined for a single seed
    if seeds > 1:
        half = t.ppf(0.975, seeds - 1) * point.std(ddof=1) / np.sqrt(seeds)
        over_seeds = f"{mean - half:+.3f} to {mean + half:+.3f}"
    return {
        "difference": f"{mean:+.3f}",
        "t over seeds": over_seeds,
        "bootstrap over seeds and clusters": f"{low:+.3f} to {high:+.3f}",
        "better in": f"{(point > 0).sum()} of {seeds}",
    }


if __name__ == "__main__":
    main()
