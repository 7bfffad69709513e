"""Measure recipes, the worth of more data, and other trainers on real faces.

Command
    ``python -m bench.real FOLDER [--weights FILE] [--backbone vgg16] [--seeds 3]
    [--tables recipes curve others] [--profile dfdc_faces_cpu] [--at-once 2]``
Reads
    FOLDER, a dataset of crops in layout ``csv``: pictures and ``media.csv``; FILE, ImageNet weights
    of the backbone as Keras reads them (default: those that the profile names)
Writes
    ``.work/real``: a clone of this commit whose ``data/raw/dfdc_faces`` is a link to FOLDER, with
    the profile as its params.yaml, in which ``dvc repro split`` was run. What was trained there is
    not trained again; remove the clone to measure another commit, profile or folder

The tables, in Markdown, are those of `bench.recipes`, `bench.learning_curve` and `bench.others`,
which the clone runs. Recipes and the curve are compared on val and unseen alone, so that test says
nothing about which recipe to choose.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import yaml

from proofs.clones import environment, fresh_clone
from stages.profiles import write_params

CLONE = Path(".work/real")
DATASET = "dfdc_faces"
RECIPES = """
recipe pairs all undersample groups head_alone last_block all_layers
augment_off augment_light augment_strong light_10 crop_96 crop_128 crop_160 crop_224
label_smoothing ema self_blended self_blended_alone decay_0
"""
TABLES = {
    "recipes": ["bench.recipes", "--variants", *RECIPES.split()],
    "curve": ["bench.learning_curve"],
    "others": ["bench.others"],
}


def main() -> None:
    """Make the repository if there is none, and run the tables in it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--backbone", default="vgg16")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=[*TABLES])
    parser.add_argument("--profile", default="dfdc_faces_cpu")
    parser.add_argument("--at-once", type=int, default=os.cpu_count())
    args = parser.parse_args()
    if not (args.folder / "media.csv").is_file():
        sys.exit(f"error: {args.folder} has no media.csv: expected a dataset of layout csv")
    make_repository(CLONE, args.folder, args.profile)
    choose(CLONE, args.profile, args.backbone, args.weights)
    for table in args.tables:
        print(f"\n{table}, {args.backbone}:\n", flush=True)
        run_table(CLONE, table, args.backbone, args.seeds, args.at_once)


def make_repository(clone: Path, folder: Path, profile: str) -> None:
    """Clone this commit, link the dataset and run the pipeline up to the split; or keep what is."""
    if not clone.exists():
        fresh_clone(clone, profile)
    link = clone / "data" / "raw" / DATASET
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder.resolve())
    if link.resolve() != folder.resolve():
        sys.exit(f"error: {clone} is of {link.resolve()}: remove it to measure {folder}")
    _run(clone, "dvc", "repro", "split")


def choose(clone: Path, profile: str, backbone: str, weights: Path | None) -> None:
    """Write params.yaml: the profile, and the file of weights of one backbone."""
    changes = {"models": {backbone: {"weights": str(weights.resolve())}}} if weights else {}
    (clone / "profiles" / "weights.yaml").write_text(yaml.safe_dump(changes))
    write_params([profile, "weights"], clone, force=True)


def run_table(clone: Path, table: str, backbone: str, seeds: int, at_once: int) -> None:
    """Run the command of one of `TABLES` in the clone."""
    module, *options = TABLES[table]
    options = [*options, "--backbone", backbone, "--seeds", str(seeds)]
    if table != "others":
        options += ["--at-once", str(at_once)]
    _run(clone, module, *options)


def _run(clone: Path, module: str, *options: str) -> None:
    """Run a module in the clone, with its output in this one's."""
    command = [sys.executable, "-m", module, *options]
    if subprocess.run(command, cwd=clone, env=environment(), check=False).returncode:
        sys.exit(f"error: {module} failed in {clone}; run the same command again to go on")


if __name__ == "__main__":
    main()
