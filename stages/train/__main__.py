"""Train one backbone on the face crops of the seen datasets.

Command
    ``python -m stages.train BACKBONE [SEED]``; with a seed, all below is called BACKBONE-SEED
Reads
    ``data/split/train.csv``, ``data/split/val.csv``, ``data/faces/seen``
Writes
    ``models/BACKBONE/model.keras``: from RGB crops (0 to 255) to the logit of P(fake);
    ``models/BACKBONE/recipe.json``: the parameters and versions that it was trained with;
    ``plots/history/BACKBONE/``: the curves;
    ``plots/augmentation/BACKBONE.png``: the first crops, altered in each way;
    ``.work/train/BACKBONE/``: checkpoints, from which an interrupted run goes on;
    ``.work/crops/``: crops at the input size, for the next training;
    ``.work/features/``: features of a backbone that stays as it is, for the next training;
    ``.work/logs/train-BACKBONE.jsonl``: times and load
Parameters
    ``recipe``, ``models.BACKBONE``, ``frames.clip``; versions of ``media`` and ``network``
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from stages.common.archive import read_record
from stages.common.clips import ClipParams
from stages.common.code import code_of, recorded_code
from stages.common.command import run_stage
from stages.common.crops import decode_crop
from stages.common.errors import InputError, ParamsError
from stages.common.files import write_whole
from stages.common.machine import this_machine
from stages.common.model_paths import model_name, network_path, plot_path, recipe_path
from stages.common.params import load
from stages.common.registry import find
from stages.common.table import read
from stages.common.tables.faces import FACES_ROOT
from stages.common.tables.index import LABELS
from stages.common.tables.splits import SPLIT, split_path
from stages.common.versions import pinned
from stages.train.backbones import BACKBONES
from stages.train.backend import join_processes, prepare
from stages.train.batches import TrainBatches, ValBatches
from stages.train.checkpoint import Checkpoints
from stages.train.faces import load_faces
from stages.train.features import on_features
from stages.train.fitting import History, Run, fit
from stages.train.history import Curves, curves_folder
from stages.train.log import EpochLogger
from stages.train.model_file import save_model
from stages.train.network import build_network, weights_digest
from stages.train.params import RecipeParams, recipe_for
from stages.train.sam import sharpness_aware
from stages.train.sampling import learnt_from
from stages.train.sheet import write_sheet

WORK = Path(".work")


def main(backbone: str, seed: str = "") -> None:
    """Train a backbone, from its recipe's seed or from another one."""
    import keras  # after stages.common.command, which keeps its start quiet

    versions = pinned("media", "network")
    name = model_name(backbone, seed)
    params, clip = recipe_for(backbone, seed), load("frames.clip", ClipParams)
    if params.self_blended.share and clip.frames > 1:
        raise ParamsError(
            "self_blended.share blends single frames: set it to 0, or frames.clip.frames to 1"
        )
    chosen = find("backbone", backbone, BACKBONES)
    machine = this_machine()
    tables = {split: _read_split(split, params) for split in ("train", "val")}
    size = params.input_size or chosen.input_size

    scope = prepare(params, machine.device)
    process_group = join_processes(params.batch_size)
    first = process_group.rank == 0
    cached = not params.features_stay  # features are made of crops that pass once
    made_by = pinned("media"), code_of(decode_crop, "train")
    faces = {
        split: load_faces(table, size, machine.workers, cached, made_by, clip.side)
        for split, table in tables.items()
    }
    batches = TrainBatches(faces["train"], params, process_group, workers=machine.workers)
    val = ValBatches(faces["val"], params, process_group, workers=machine.workers)
    if first:
        write_sheet(plot_path("augmentation", name, ".png"), faces["train"], params)

    code = [recorded_code("train"), recorded_code("train", backbone)]
    start = [keras.backend.backend(), versions, code, backbone, weights_digest(params.weights)]
    digest = _digest([*start, params.model_dump(), clip.model_dump()], tables)
    checkpoints = Checkpoints(WORK / "train" / name, digest, writes=first)
    if first:
        curves = Curves(curves_folder(name))
        logger = EpochLogger(
            WORK / "logs" / f"train-{name}.jsonl", len(batches) * params.batch_size
        )

    def on_epoch(history: History) -> None:
        if first:
            curves.update(history)
            logger.log_epoch(history[-1])

    with scope:
        head = params.head.normalize, params.head.temporal, clip.side
        network = build_network(chosen, size, params.weights, params.dropout, *head)
        network = sharpness_aware(network, params.sam_rho)
        run = Run(network, chosen, params, batches, val, checkpoints, process_group)
        if params.features_stay:
            own = [size, params.precision, params.threads, params.head.temporal, clip.side]
            key = _digest([*start, *own], {})
            run = on_features(run, faces, key, machine.workers)
        try:
            history = fit(run, on_epoch)
        except ParamsError as error:
            raise ParamsError(f"{name}: {error}") from None
    if first:
        curves.update(history)
        curves.end()
        save_model(network, network_path(name))
        trained_with = {"recipe": params.model_dump(), "versions": versions}
        write_whole(recipe_path(name), json.dumps(trained_with, indent=2, sort_keys=True) + "\n")
    checkpoints.remove()


def _read_split(split: str, params: RecipeParams) -> pd.DataFrame:
    path = split_path(split)
    table = learnt_from(read(path, SPLIT), params.self_blended.share)
    labels = ("real",) if params.self_blended.share == 1 else LABELS
    if missing := set(labels) - set(table["label"]):
        raise InputError(f"{path} has no {' and no '.join(sorted(missing))} face to train on")
    return table


def _digest(start: list[Any], tables: dict[str, pd.DataFrame]) -> str:
    """Hash what a training depends on, so that it never resumes another's checkpoint."""
    digest = hashlib.sha256(f"{start}".encode())
    for table in tables.values():
        digest.update(table.to_csv().encode())
        for archive in sorted(set(table["archive"])):
            digest.update(read_record(FACES_ROOT / archive).digest.encode())
    return digest.hexdigest()


if __name__ == "__main__":
    run_stage(main)
