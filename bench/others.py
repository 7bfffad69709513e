"""Compare the recipe in params.yaml with the usual Keras script and with timm, at equal time.

Command
    ``python -m bench.others [--backbone vgg16] [--seeds 3]``, in a repository where ``data/split``
    and ``data/faces`` exist, on a machine with nothing else to do
Reads
    ``params.yaml``, all splits, the crops in ``data/faces``
Writes
    ``.work/others/BACKBONE/CONTENDER-SEED.csv``, the scores of one training; existing ones are not
    repeated. Remove them after a change of the data or of params.yaml
Contenders, one after another on all cores, each in a process of its own, from the same ImageNet
weights, with crops of the same size and batches of as many
    ours: the stage `train` with its recipe. The time it takes, from the first crop that is read to
    the last weight, is what the others get
    usual: ``keras.applications`` on pictures divided by 255, ImageDataGenerator, Adam and
    ``model.fit``; a fifth of the pictures, drawn frame by frame and not by group, validates, and
    the epoch of their least loss is kept
    timm (if it is installed): the same network in PyTorch, timm's own augmentation, AdamW and
    cosine decay, label smoothing of 0.1, in the precision of ours; the last weights are kept

The first table gives AUC on test and unseen, and what ours has over each of the others, with the
intervals of `bench.recipes`. The second one gives each contender's score on its own validation
pictures and on test: what the former promises too much is the leak, which comes from pictures of
the same group on both sides of a random split.
"""

import argparse
import importlib.util
import io
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from bench.contenders import (
    APPLICATIONS,
    TIMM,
    give_weights,
    keras_arrays,
    timm_detector,
    usual_batches,
    usual_network,
    write_pictures,
)
from bench.recipes import (
    Training,
    comparison,
    difference,
    read_scores,
    replicate_aucs,
    score_rows,
    scored_faces,
    train,
)
from stages.common.crops import read_crops
from stages.common.metrics.bootstrap import multiway_replicates
from stages.common.resources import processors

WORK = Path(".work/others")
VALIDATION_SHARE = 0.2
LEARNING_RATE = 1e-4  # of both, at which pretrained networks are usually fine-tuned
SCORED = ("val", "test", "unseen")
_CORES = processors()


@dataclass(frozen=True)
class Job:
    """What a contender is given.

    Attributes
    ----------
    backbone, weights : str
        A key of `stages.train.backbones.BACKBONES`, ``imagenet`` or the path of its weights.
    size, batch_size : int
        Side of a crop in pixels, crops a step.
    seed : int
        Of everything that it draws.
    seconds : float
        Wall time that it has.
    precision : str
        That of ours, which timm shares: ``float32`` or ``mixed_bfloat16``.
    """

    backbone: str
    weights: str
    size: int
    batch_size: int
    seed: int
    seconds: float
    precision: str


Scored = tuple[pd.DataFrame, np.ndarray]
"""Faces with the column ``split``, where val is what a contender validated on, and their logits."""


def main() -> None:
    """Run the missing trainings, then print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backbone", choices=APPLICATIONS, default="vgg16")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    folder = WORK / args.backbone
    others = {name: run for name, run in CONTENDERS.items() if _is_possible(name, args.backbone)}
    for seed in range(args.seeds):
        ours = Training(folder / f"ours-{seed}.csv", args.backbone, seed, {}, _CORES, None, SCORED)
        if not ours.path.exists():
            print(_alone(train, ours), flush=True)
        for name, run in others.items():
            path = folder / f"{name}-{seed}.csv"
            if not path.exists():
                print(_alone(_run, run, _job(ours), path), flush=True)
    tables = [comparison(folder, [name, "ours"]) for name in others]
    table = pd.concat(tables, ignore_index=True)
    print(
        table[table["split"] != "val"].to_markdown(index=False, disable_numparse=True), end="\n\n"
    )
    print(
        leaks(read_scores(folder, ["ours", *others])).to_markdown(
            index=False, disable_numparse=True
        )
    )


def _job(ours: Training) -> Job:
    """The same conditions as a finished training of ours had."""
    from stages.train.backbones import BACKBONES

    recipe = ours.recipe
    size = recipe.input_size or BACKBONES[ours.backbone].input_size
    seconds = float(pd.read_csv(ours.path)["seconds"].iloc[0])
    return Job(
        ours.backbone, recipe.weights, size, recipe.batch_size, ours.seed, seconds, recipe.precision
    )


def _run(run: Callable[[Job], Scored], job: Job, path: Path) -> str:
    """Train a contender and write its scores."""
    from stages.common.files import write_whole

    start = time.monotonic()
    scores = score_rows(*run(job)).assign(statistics="", seconds=job.seconds)
    write_whole(path, scores.to_csv(index=False))
    return f"{path.stem}: {job.seconds:.0f} s, {time.monotonic() - start:.0f} s with scoring"


def usual(job: Job) -> Scored:
    """Train like a script as most are written."""
    import keras

    class TimeIsUp(keras.callbacks.Callback):
        """Ends the training after the batch at which its time is up."""

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            self.model.stop_training = time.monotonic() > end

    keras.utils.set_random_seed(job.seed)
    train_faces, validation = split_at_random(scored_faces(["train", "val"]), job.seed)
    scored = pd.concat(
        [validation.assign(split="val"), scored_faces(SCORED[1:])], ignore_index=True
    )
    with tempfile.TemporaryDirectory() as folder:
        pictures = {}
        for name, faces in (("train", train_faces), ("scored", scored)):
            Path(folder, name).mkdir()
            pictures[name] = write_pictures(faces, Path(folder, name))
        end = time.monotonic() + job.seconds
        shape = (job.size, job.batch_size)
        batches = usual_batches(pictures["train"], *shape, training=True, seed=job.seed)
        held_out = usual_batches(pictures["scored"][: len(validation)], *shape, training=False)
        weights = None if job.weights == "none" else job.weights
        optimizer = keras.optimizers.Adam(LEARNING_RATE)
        network = usual_network(job.backbone, job.size, weights, optimizer)
        best = Path(folder, "best.weights.h5")
        kept = keras.callbacks.ModelCheckpoint(best, save_best_only=True, save_weights_only=True)
        network.fit(
            batches,
            validation_data=held_out,
            epochs=10**6,
            callbacks=[TimeIsUp(), kept],
            verbose=0,
        )
        network.load_weights(best)
        p_fake = network.predict(usual_batches(pictures["scored"], *shape, training=False))
    p_fake = np.clip(p_fake[:, 0].astype(float), 1e-7, 1 - 1e-7)
    return scored, np.log(p_fake / (1 - p_fake))


def split_at_random(faces: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split faces into training and validation frame by frame, whatever group they are of."""
    held_out = np.random.default_rng(seed).random(len(faces)) < VALIDATION_SHARE
    return faces[~held_out], faces[held_out]


def timm(job: Job) -> Scored:
    """Train with timm's transforms, AdamW and cosine decay, the rate falling with time."""
    import torch
    from timm.data import create_transform
    from timm.optim import create_optimizer_v2
    from timm.scheduler import CosineLRScheduler

    known = TIMM[job.backbone]
    torch.manual_seed(job.seed)
    torch.set_num_threads(_CORES)
    network = timm_detector(known.name, **known.options)
    if job.weights != "none":
        give_weights(network.features, keras_arrays(job.backbone, job.weights))
    network.to(memory_format=torch.channels_last)
    colours = {"mean": known.mean, "std": known.deviation}
    end = time.monotonic() + job.seconds
    augmented = create_transform(job.size, is_training=True, **colours)
    loader = torch.utils.data.DataLoader(
        Pictures(scored_faces(["train"]), augmented),
        batch_size=job.batch_size,
        shuffle=True,
        drop_last=True,
        num_workers=_CORES,
        persistent_workers=True,
    )
    optimizer = create_optimizer_v2(network, "adamw", lr=LEARNING_RATE, weight_decay=0.05)
    schedule = CosineLRScheduler(
        optimizer, t_initial=1000, warmup_t=50, warmup_lr_init=1e-6, t_in_epochs=False
    )
    network.train()
    for pictures, labels in _forever(loader):
        left = (end - time.monotonic()) / job.seconds
        if left <= 0:
            break
        schedule.step_update(round(1000 * (1 - left)))
        with torch.autocast("cpu", torch.bfloat16, enabled=job.precision == "mixed_bfloat16"):
            logits = network(pictures.contiguous(memory_format=torch.channels_last))[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            logits.float(), 0.05 + 0.9 * labels
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    faces = scored_faces(SCORED)
    plain = create_transform(job.size, is_training=False, crop_pct=1.0, **colours)
    scored = torch.utils.data.DataLoader(Pictures(faces, plain), batch_size=job.batch_size)
    with torch.inference_mode():
        network.eval()
        logits = torch.cat([network(pictures)[:, 0] for pictures, _ in scored])
    return faces, logits.numpy().astype(float)


class Pictures:
    """A dataset of PyTorch: transformed crops and labels, 1 for fake."""

    def __init__(self, faces: pd.DataFrame, transform: Callable[[Any], Any]) -> None:
        self._encoded = read_crops(faces)
        self._labels = (faces["label"] == "fake").to_numpy(np.float32)
        self._transform = transform

    def __len__(self) -> int:
        return len(self._encoded)

    def __getitem__(self, index: int) -> tuple[Any, float]:
        picture = Image.open(io.BytesIO(self._encoded[index])).convert("RGB")
        return self._transform(picture), self._labels[index]


def _forever(loader: Any) -> Iterator[Any]:
    while True:
        yield from loader


CONTENDERS: dict[str, Callable[[Job], Scored]] = {"usual": usual, "timm": timm}


def leaks(scores: pd.DataFrame) -> pd.DataFrame:
    """AUC by video of each variant on its own validation and on test, and what the first has over.

    Parameters
    ----------
    scores : DataFrame
        As `bench.recipes.read_scores` returns them; val is what a variant validated on.
    """
    rows = []
    rng = np.random.default_rng(0)
    for variant, of_variant in scores.groupby("variant", sort=False):
        aucs = {key: replicate_aucs(part) for key, part in of_variant.groupby(["split", "seed"])}
        gaps = []
        for seed in of_variant["seed"].unique():
            (own, own_replicates), (test, test_replicates) = (
                (value, multiway_replicates(value, replicates))
                for value, replicates in (aucs[split, seed] for split in ("val", "test"))
            )
            # Other videos: independent, whatever the resampling
            drawn = (
                rng.choice(part, len(test_replicates)) for part in (own_replicates, test_replicates)
            )
            gaps.append((own - test, np.subtract(*drawn)[None]))
        row = {"variant": variant, "seeds": len(gaps)}
        for name, split in (("own validation", "val"), ("test", "test")):
            found = [value for (one, _), (value, _) in aucs.items() if one == split]
            row[name] = f"{np.mean(found):.3f}"
        rows.append(row | difference(gaps))
    return pd.DataFrame(rows).drop(columns="better in").rename(columns={"difference": "leak"})


def _is_possible(contender: str, backbone: str) -> bool:
    """Whether what a contender needs is installed, and it has such a network."""
    if contender != "timm":
        return True
    return backbone in TIMM and all(map(importlib.util.find_spec, ("timm", "torch")))


def _alone(function: Callable, *arguments: Any) -> Any:
    """Call a function in a separate process, as libraries do not release memory and threads."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


if __name__ == "__main__":
    main()
