"""Made faces in the pipeline's layout, and small recipes."""

import shutil
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common.table import write
from stages.common.tables.splits import SPLIT, split_path
from stages.train.params import RecipeParams
from tests.made_media import write_medium

REPO = Path(__file__).parents[2]

RECIPE = {
    "weights": "none",
    "input_size": 32,
    "precision": "float32",
    "execution": "graph",
    "seed": 3,
    "threads": 2,
    "deterministic": True,
    "batch_size": 4,
    "sampling": "all",
    "class_weights": True,
    "head": {"epochs": 1, "learning_rate": 1e-3},
    "tune": {"epochs": 2, "learning_rate": 1e-3},
    "optimizer": "adamw",
    "warmup": 0.2,
    "weight_decay": 1e-4,
    "clip_norm": 1.0,
    "ema_momentum": 0.0,
    "bn_momentum": 0.9,
    "precise_bn_batches": 2,
    "dropout": 0.2,
    "label_smoothing": 0.05,
    "patience": 5,
    "monitor": "val_auc",
    "tolerance": 0.0,
    "self_blended": {
        "share": 0.0,
        "region": {"low": 0.45, "high": 0.75},
        "aspect": {"low": 0.65, "high": 0.9},
        "bend": 0.05,
        "seam": {"low": 0.005, "high": 0.04},
        "shift": 0.03,
        "zoom": 0.03,
        "rotate": 1.0,
        "brightness": 0.1,
        "contrast": 0.1,
        "colour": 0.1,
        "detail": {"low": 0.4, "high": 1.0},
        "opacity": [0.5, 1.0],
    },
    "augment": {
        "flip": 0.5,
        "shift": 0.05,
        "zoom": 0.05,
        "rotate": 5.0,
        "brightness": 0.1,
        "contrast": 0.1,
        "colour": 0.05,
        "downscale": {"probability": 0.2, "low": 0.5, "high": 1.0},
        "blur": {"probability": 0.2, "low": 0.3, "high": 1.0},
        "noise": {"probability": 0.2, "low": 0.5, "high": 4.0},
        "jpeg": {"probability": 0.2, "low": 50, "high": 95},
        "erase": {"probability": 0.2, "low": 0.02, "high": 0.15},
        "h264": {"probability": 0.2, "low": 18, "high": 35, "frames": 3},
    },
}


@pytest.fixture
def params():
    return RecipeParams(**RECIPE)


def made_faces(split: str, groups: int, root: Path = Path()) -> pd.DataFrame:
    """Write crops of `groups` pairs of media and return their rows; fakes are redder."""
    rows = []
    for group in range(groups):
        for method, label in (("real", "real"), ("swap", "fake")):
            rng = np.random.default_rng([group, label == "fake"])
            crops = rng.integers(0, 200, (2, 40, 36, 3), np.uint8)
            crops[..., 0] += 50 * (label == "fake")
            rows += write_medium(
                list(crops),
                root,
                dataset="made",
                method=method,
                media=f"{split}{group}",
                label=label,
                group=f"made/{split}{group}",
            )
    return pd.DataFrame(rows)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder with faces, split tables and parameters for a training of VGG16."""
    monkeypatch.chdir(tmp_path)
    make_workspace(tmp_path)
    return tmp_path


def make_workspace(folder: Path, **changes: Any) -> None:
    """Faces, split tables, and parameters in which VGG16 changes some of `RECIPE`."""
    for split, groups in (("train", 6), ("val", 3)):
        write(folder / split_path(split), made_faces(split, groups, folder), SPLIT)
    params = {"recipe": RECIPE, "models": {"vgg16": changes}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    shutil.copy(REPO / "versions.yaml", folder)


needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")


def two_processes() -> list[dict[str, str]]:
    """Environments of two processes on this machine that train together."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    return [
        {
            "KERAS_BACKEND": "jax",
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
            "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
            "KERAS_DISTRIBUTION_PROCESS_ID": str(number),
        }
        for number in (0, 1)
    ]
