"""Made faces in the pipeline's layout, and small recipes."""

import socket
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common.params import read_yaml
from stages.common.table import write
from stages.common.tables.splits import SPLIT, split_path
from stages.train.backbones import Backbone
from stages.train.params import AugmentParams
from tests.support.code import add_code
from tests.support.paths import ROOT
from tests.support.stage_outputs import write_item

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
    "frames_per_item": None,
    "steps_per_epoch": None,
    "class_weights": True,
    "head": {"epochs": 1, "learning_rate": 1e-3, "temporal": "none", "normalize": "none"},
    "tune": {
        "epochs": 2,
        "learning_rate": 1e-3,
        "from": "all",
        "trainable": "all",
        "lora_rank": 2,
    },
    "optimizer": "adamw",
    "sam_rho": 0.0,
    "warmup": 0.2,
    "decay": "cosine",
    "weight_decay": 1e-4,
    "clip_norm": 1.0,
    "ema_momentum": 0.0,
    "bn_momentum": 0.9,
    "precise_bn_batches": 2,
    "dropout": 0.2,
    "label_smoothing": 0.05,
    "feature_loss": {"uniformity": 0.0, "alignment": 0.0},
    "self_blended": {"share": 0.0},
    "augment": {
        name: value | {"probability": 0.2} if isinstance(value, dict) and "low" in value else value
        for name, value in read_yaml(ROOT / "params.yaml")["recipe"]["augment"].items()
    },
}


def without_strength(value: Any) -> Any:
    """An augmentation's parameters, such that it changes nothing."""
    if not isinstance(value, dict):
        return 0.0
    return value | {"probability": 0.0} if "probability" in value else dict.fromkeys(value, 0.0)


NOTHING = AugmentParams(
    **{name: without_strength(value) for name, value in RECIPE["augment"].items()}
)


def _application(include_top, weights, input_shape):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(4, 3, strides=2, name="first"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Conv2D(8, 3, strides=2, name="second"),
            keras.layers.BatchNormalization(),
        ]
    )


SMALL = Backbone(_application, lambda crops: crops / 255, 16, 8, "second")


def made_faces(split: str, groups: int, root: Path = Path()) -> pd.DataFrame:
    """Write crops of `groups` pairs of items and return their rows; fakes are redder."""
    rows = []
    for group in range(groups):
        for method, label in (("real", "real"), ("swap", "fake")):
            rng = np.random.default_rng([group, label == "fake"])
            crops = rng.integers(0, 200, (2, 40, 36, 3), np.uint8)
            crops[..., 0] += 50 * (label == "fake")
            rows += write_item(
                list(crops),
                root,
                dataset="made",
                method=method,
                item=f"{split}{group}",
                label=label,
                group=f"made/{split}{group}",
            )
    return pd.DataFrame(rows)


def make_workspace(folder: Path, **changes: Any) -> None:
    """Faces, split tables, and parameters in which VGG16 changes some of `RECIPE`."""
    for split, groups in (("train", 6), ("val", 3)):
        write(folder / split_path(split), made_faces(split, groups, folder), SPLIT)
    params = {
        "frames": {"clip": {"frames": 1, "stride": 1}},
        "recipe": RECIPE,
        "models": {"vgg16": changes},
    }
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    add_code(folder)


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
