"""Compare variants of the training recipe in params.yaml over several seeds.

Command
    ``python -m bench.recipes --variants recipe groups all [--backbone vgg16] [--seeds 5]
    [--at-once 2]``, in a repository where ``data/split`` and ``data/faces`` exist
Reads
    ``params.yaml``, the splits train, val and unseen (not test), the crops in ``data/faces``
Writes
    ``.work/recipes/BACKBONE/VARIANT-SEED.csv``, the scores of one training run; existing runs are
    not repeated, so that an interrupted benchmark can be resumed. Remove them after a change of
    the data or of params.yaml

The first variant is what the others are compared with; one that changes nothing in it is not
trained. A seed is that of order, augmentation and first weights; the data stay. A training takes
one thread. The table, in Markdown, gives the mean AUC by video over the seeds, and the mean paired
difference (same seed, same faces) with two intervals of 95 %: t over the seeds (would other seeds
say the same of these people?), and a bootstrap over seeds and clusters (would other people?).

For networks with batch normalisation, every training is scored twice: with the moving averages, and
after batch statistics were estimated again. The former is compared with the latter.
"""

import argparse
import hashlib
import itertools
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from stages.profiles import profile

_ROOT = Path(__file__).parent.parent
_COLOURS = ("brightness", "contrast", "gamma", "white_balance", "saturation", "hue")
_DISTORTIONS = ("downscale", "blur", "noise", "jpeg", "erase", "h264")

_NO_AUGMENTATION: dict[str, Any] = {
    "flip": 0.0,
    "affine": {"shift": 0.0, "zoom": 0.0, "rotate": 0.0},
    "color_jitter": dict.fromkeys(_COLOURS, 0.0),
    **{name: {"probability": 0.0} for name in _DISTORTIONS},
}
_GEND = {
    "head": {"normalize": "l2", "learning_rate": 0.01},
    "feature_loss": {"uniformity": 0.5, "alignment": 0.1},
}
_FROZEN = {"tune": {"epochs": 0}, "augment": _NO_AUGMENTATION}

VARIANTS: dict[str, dict[str, Any]] = {
    "recipe": {},
    "pairs": {"sampling": "pairs"},
    "groups": {"sampling": "groups"},
    "all": {"sampling": "all"},
    "undersample": {"sampling": "undersample"},
    "head_alone": {"head": {"epochs": 6}, "tune": {"epochs": 0}},
    "last_block": {"tune": {"from": "last_block"}},
    "all_layers": {"tune": {"from": "all"}},
    "augment_off": {"augment": _NO_AUGMENTATION},
    "augment_light": {"augment": profile(root=_ROOT)["recipe"]["augment"]},
    "augment_strong": {"augment": profile("gpu", root=_ROOT)["recipe"]["augment"]},
    "h264": {"augment": {"h264": {"probability": 0.3}}},
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
    "crop_96": {"input_size": 96},
    "crop_128": {"input_size": 128},
    "crop_160": {"input_size": 160},
    "crop_224": {"input_size": 224},
    "label_smoothing": {"label_smoothing": 0.1},
    "ema": {"ema_momentum": 0.99},
    "self_blended": {"self_blended": {"share": 0.5}},
    "self_blended_alone": {"self_blended": {"share": 1.0}},
    "decay_0": {"weight_decay": 0.0},
    "frozen": {**_FROZEN, "head": {"epochs": 30}},
    "frozen_l2": {**_FROZEN, "head": {"epochs": 30, "learning_rate": 0.03, "normalize": "l2"}},
    "layer_norm": {"tune": {"trainable": "layer_norm"}},
    "layer_norm_gend": {"tune": {"trainable": "layer_norm"}, **_GEND},
    "lora": {"tune": {"trainable": "lora"}},
    "short": {"tune": {"epochs": 5}},
    "long": {"tune": {"epochs": 12}},
    "short_99": {"bn_momentum": 0.99, "tune": {"epochs": 5}},
    "long_99": {"bn_momentum": 0.99, "tune": {"epochs": 12}},
}
"""Changes by each variant to the recipe in params.yaml for a backbone.

``augment_light`` and ``augment_strong`` are those of profiles/default.yaml and profiles/gpu.yaml.
``…_99`` use Keras's default momentum for the moving averages of batch normalisation. ``frozen…``
train the head on stored features; ``layer_norm_gend`` has the head and the loss of GenD.
"""

WORK = Path(".work/recipes")
MOVING_AVERAGES = ", moving averages"
REPLICATES = 2000


@dataclass(frozen=True)
class Training:
    """A training of a backbone by the recipe in params.yaml, with changes.

    Attributes
    ----------
    path : Path
        File that its scores are written to.
    backbone : str
        A key of `stages.train.backbones.BACKBONES`.
    seed : int
        Of order, augmentation and first weights.
    changes : dict
        Of the recipe, as in `VARIANTS`.
    threads : int
        Of an operation, and of decoding and augmentation.
    groups : int or None
        How many groups of train it sees, in as many steps as with all; None: all.
    splits : tuple of str
        What is scored, val among them.
    """

    path: Path
    backbone: str
    seed: int
    changes: dict[str, Any]
    threads: int = 1
    groups: int | None = None
    splits: tuple[str, ...] = ("val", "unseen")

    @property
    def recipe(self) -> Any:
        """Its hyperparameters, a `stages.train.params.RecipeParams`."""
        from stages.common.params import check, merged
        from stages.train.params import RecipeParams, recipe_for

        recipe = merged(recipe_for(self.backbone).model_dump(), self.changes)
        own = {"seed": self.seed, "threads": self.threads}
        return check(recipe | own, RecipeParams, self.path.stem)


def main() -> None:
    """Train the missing runs, then print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backbone", default="vgg16")
    parser.add_argument(
        "--variants", nargs="+", choices=VARIANTS, default=["recipe", "groups", "all"]
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--at-once", type=int, default=os.cpu_count())
    args = parser.parse_args()
    first = training(args.backbone, args.variants[0], 0).recipe
    variants = args.variants[:1] + [
        variant
        for variant in args.variants[1:]
        if training(args.backbone, variant, 0).recipe != first
    ]
    if same := [variant for variant in args.variants if variant not in variants]:
        print(f"the same as {variants[0]}: {', '.join(same)}", flush=True)
    # All variants of a seed come before the next seed, so that an interruption leaves full pairs
    run_missing(
        [
            training(args.backbone, variant, seed)
            for seed, variant in itertools.product(range(args.seeds), variants)
        ],
        args.at_once,
    )
    print(
        comparison(WORK / args.backbone, variants).to_markdown(index=False, disable_numparse=True)
    )


def training(backbone: str, variant: str, seed: int) -> Training:
    """The training of a variant."""
    return Training(scores_path(backbone, variant, seed), backbone, seed, VARIANTS[variant])


def scores_path(backbone: str, variant: str, seed: int) -> Path:
    """Path of the scores of one training run."""
    return WORK / backbone / f"{variant}-{seed}.csv"


def run_missing(trainings: Sequence[Training], at_once: int) -> None:
    """Run those trainings whose scores are missing, each in a process of its own."""
    with ProcessPoolExecutor(
        at_once, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        wanted = [pool.submit(train, one) for one in trainings if not one.path.exists()]
        try:
            for done in as_completed(wanted):
                print(done.result(), flush=True)
        except BaseException:  # Ctrl-C, which ends what runs now, or a failure
            pool.shutdown(cancel_futures=True)
            raise


def train(one: Training) -> str:
    """Train once, write the scores, and return a summary line."""
    from stages.common.clips import ClipParams
    from stages.common.code import file_digests
    from stages.common.files import write_whole
    from stages.common.params import load
    from stages.common.table import read
    from stages.common.tables.splits import SPLIT, split_path
    from stages.common.versions import pinned
    from stages.train.backbones import BACKBONES
    from stages.train.backend import prepare
    from stages.train.batches import TrainBatches, ValBatches
    from stages.train.checkpoint import Checkpoints
    from stages.train.faces import Faces, load_faces
    from stages.train.features import on_features
    from stages.train.fitting import Run, fit, phases
    from stages.train.network import batch_normalisations, build_network, weights_digest
    from stages.train.precise_bn import estimate_batch_statistics
    from stages.train.sam import sharpness_aware
    from stages.train.sampling import learnt_from

    start = time.monotonic()
    params, clip = one.recipe, load("frames.clip", ClipParams)
    chosen = BACKBONES[one.backbone]
    size = params.input_size or chosen.input_size
    share = params.self_blended.share
    tables = {
        split: learnt_from(read(split_path(split), SPLIT), share) for split in ("train", "val")
    }
    if one.groups is not None:
        steps = len(TrainBatches(Faces(tables["train"], size, None), params))
        tables["train"] = of_groups(tables["train"], one.groups, one.seed)
        params = params.model_copy(update={"steps_per_epoch": steps})
    # Estimated after the moving averages were scored
    fitted = params.model_copy(update={"precise_bn_batches": 0})
    cached = not params.features_stay
    made_by = pinned("media"), file_digests(Path("stages/common/crops.py"))
    faces = {
        name: load_faces(table, size, one.threads, cached, made_by, clip.side)
        for name, table in tables.items()
    }
    batches = TrainBatches(faces["train"], fitted, workers=one.threads)
    val = ValBatches(faces["val"], fitted, workers=one.threads)
    with prepare(params, "cpu"):
        head = params.head.normalize, params.head.temporal, clip.side
        network = build_network(chosen, size, params.weights, params.dropout, *head)
        network = sharpness_aware(network, params.sam_rho)
        digest = hashlib.sha256(f"{params}".encode()).hexdigest()
        checkpoints = Checkpoints(one.path.with_suffix(""), digest)
        run = Run(network, chosen, fitted, batches, val, checkpoints)
        if params.features_stay:
            own = [size, params.precision, params.head.temporal, clip.side]
            features = f"{one.backbone}{weights_digest(params.weights)}{own}"
            key = hashlib.sha256(features.encode()).hexdigest()
            run = on_features(run, faces, key, one.threads)
        history = fit(run, lambda history: None)
        seconds = time.monotonic() - start
        scores = []
        if batch_normalisations(network):
            scores.append(_scores(network, one).assign(statistics=MOVING_AVERAGES))
            start = time.monotonic()
            *_, last = phases(params).values()
            steps = last.epochs * len(batches)
            estimate_batch_statistics(network, batches, params.precise_bn_batches, steps)
            seconds += time.monotonic() - start
        scores.append(_scores(network, one).assign(statistics=""))
    write_whole(one.path, pd.concat(scores).assign(seconds=seconds).to_csv(index=False))
    checkpoints.remove()
    return f"{one.path.stem}: {len(history)} epochs of {len(batches)} steps, {seconds:.0f} s"


def of_groups(table: pd.DataFrame, count: int, seed: int) -> pd.DataFrame:
    """Rows of the first `count` groups in an order drawn with `seed`: more groups hold fewer."""
    groups = np.sort(table["group"].unique())
    drawn = np.random.default_rng(seed).permutation(groups)[:count]
    return table[table["group"].isin(drawn)]


def _scores(network: Any, one: Training) -> pd.DataFrame:
    """Score the faces of some splits."""
    from stages.common.network import score_faces
    from stages.common.params import load

    faces = scored_faces(one.splits)
    return score_rows(
        faces, score_faces(network, faces, load("evaluate.batch_size", int), one.threads)
    )


def scored_faces(splits: Iterable[str]) -> pd.DataFrame:
    """Rows of several split tables, with the column ``split``."""
    from stages.common.table import read
    from stages.common.tables.splits import SPLIT, split_path

    parts = [read(split_path(split), SPLIT).assign(split=split) for split in splits]
    return pd.concat(parts, ignore_index=True)


def score_rows(faces: pd.DataFrame, logits: np.ndarray) -> pd.DataFrame:
    """Score faces and items as `evaluate` does.

    Parameters
    ----------
    faces : DataFrame
        As `scored_faces` gives them; the decision is fitted on the split val.
    logits : ndarray of float, shape (n,)
        Log odds of fake of each row.
    """
    from stages.common.metrics.decision import DecisionParams, fit_decision
    from stages.common.metrics.score_tables import score_tables
    from stages.common.params import load
    from stages.common.tables.scores import SOURCES

    val = (faces["split"] == "val").to_numpy()
    decision = fit_decision(faces[val], logits[val], load("decision", DecisionParams))
    levels = dict(zip(("frame", "video"), score_tables(faces, logits, decision), strict=True))
    kept = ["level", "split", *SOURCES, "label", "p_fake"]
    return pd.concat([table.assign(level=level)[kept] for level, table in levels.items()])


def read_scores(folder: Path, variants: Sequence[str]) -> pd.DataFrame:
    """Video scores of all trainings of some variants in a folder, ``variant`` and ``seed``."""
    tables = {
        (variant, int(path.stem.rpartition("-")[2])): pd.read_csv(path, keep_default_na=False)
        for variant in variants
        for path in sorted(folder.glob(f"{variant}-*.csv"))
    }
    scores = pd.concat(tables, names=["variant", "seed", "row"]).reset_index()
    scores = scores[scores["level"] == "video"]
    return scores.assign(variant=scores["variant"] + scores["statistics"])


def comparison(folder: Path, variants: Sequence[str]) -> pd.DataFrame:
    """AUC by video of each variant and its difference from the first one, by split.

    Only seeds that both variants have are compared.
    """
    rows = []
    for split, part in read_scores(folder, variants).groupby("split", sort=False):
        aucs = {
            one: replicate_aucs(of_one)
            for one, of_one in part.groupby(["variant", "seed"], sort=False)
        }
        for variant in part["variant"].unique():
            base = variant.removesuffix(MOVING_AVERAGES)
            base = base if base != variant else variants[0]
            seeds = [seed for name, seed in aucs if name == variant and (base, seed) in aucs]
            row = {"split": split, "variant": variant, "seeds": len(seeds)}
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
    from stages.common.metrics.replicates import Replicates, UnitCounts
    from stages.common.metrics.scores import Scores

    auc = DEFINITIONS["auc"]
    clusters = Clusters.of(scores)
    scored = Scores((scores["label"] == "fake").to_numpy(), scores["p_fake"].to_numpy())
    counts = UnitCounts(scored, clusters.unit)
    found = resample(
        clusters,
        Intervals(replicates=REPLICATES, confidence=0.95, min_clusters=2, seed=0),
        lambda weights: {"auc": auc.of_replicates(Replicates(counts, weights))},
    )
    return float(auc.of(scored)), found["auc"]


def difference(of_seeds: list[tuple[float, np.ndarray]]) -> dict[str, Any]:
    """Mean paired difference with both intervals, from the differences of each seed's AUCs."""
    point, seeds = np.array([value for value, _ in of_seeds]), len(of_seeds)
    low, high = np.percentile(resampled_mean(of_seeds, np.random.default_rng(1)), [2.5, 97.5])
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


def resampled_mean(
    of_seeds: list[tuple[float, np.ndarray]], rng: np.random.Generator
) -> np.ndarray:
    """Replicates of the mean over seeds, which resample both clusters and seeds."""
    from stages.common.metrics.bootstrap import multiway_replicates

    stacked = np.stack([multiway_replicates(value, replicates) for value, replicates in of_seeds])
    drawn = rng.integers(len(of_seeds), size=stacked.shape)
    return np.take_along_axis(stacked, drawn, axis=0).mean(axis=0)


if __name__ == "__main__":
    main()
