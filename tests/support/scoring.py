"""Made crops, split tables and networks in the current folder, as the earlier stages leave them."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import yaml

from stages.common import table
from stages.common.table import KEY
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, SPLIT_NAMES, split_path
from tests.support.decision import DECISION
from tests.support.paths import ROOT
from tests.support.stage_outputs import write_item

SIZE = 24
FRAMES = 4

PARAMS = {
    "datasets": {},
    "backbones": ["plain", "noisy"],
    "seeds": [],
    "scores": {},
    "decision": DECISION,
    "metrics": {
        "ece_bins": 10,
        "intervals": {"replicates": 200, "confidence": 0.95, "min_clusters": 5, "seed": 0},
    },
    "evaluate": {"batch_size": 32},
}


def make_project(folder):
    """Write parameters, split tables, crops and two models into `folder`, the current one."""
    shutil.copy(ROOT / "versions.yaml", folder)
    Path("params.yaml").write_text(yaml.safe_dump(PARAMS))
    make_splits()
    make_network(Path("models/plain/model.keras"))
    make_network(Path("models/noisy/model.keras"), noise=0.15)


def make_splits(size=SIZE, frames=FRAMES, seed=0):
    """A real and a fake a group; a fake is a little greener, by another amount each."""
    groups = {"train": 12, "val": 10, "test": 12, "unseen": 12}
    rng = np.random.default_rng(seed)
    items = []
    for split in SPLIT_NAMES:
        dataset = "other" if split == "unseen" else "made"
        role = "unseen" if split == "unseen" else "seen"
        rows = []
        for number in range(groups[split]):
            for label in ("real", "fake"):
                shift = rng.normal(0, 8) + (12 if label == "fake" else 0)
                crops = rng.normal([110, 110 + shift, 110], 30, (frames, size, size, 3))
                rows += write_item(
                    list(np.clip(crops, 0, 255).astype(np.uint8)),
                    role=role,
                    dataset=dataset,
                    method="real" if label == "real" else ("swap", "blend")[number % 2],
                    item=f"{split}_{number}_{label}",
                    label=label,
                    group=f"{dataset}/{split}{number}",
                )
        faces = pd.DataFrame(rows, columns=list(SPLIT.columns))
        table.write(split_path(split), faces, SPLIT)
        items.append(items_of(faces, split))
    table.write(ITEMS_PATH, pd.concat(items), ITEMS)


def items_of(faces, split):
    """Rows of the table of items for the faces of one split."""
    counts = faces.groupby(KEY).size().rename("faces")
    items = faces.drop_duplicates(KEY).join(counts, on=KEY)
    return items.assign(split=split, attributes="")[list(ITEMS.columns)]


def make_network(path, size=SIZE, gain=0.2, noise=0.0, seed=0):
    """A Keras model whose logit is how green a crop is."""
    inputs = keras.Input((size, size, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    dense = keras.layers.Dense(1)
    network = keras.Model(inputs, dense(pooled))
    kernel = np.array([[-gain], [2 * gain], [-gain]], np.float32)
    kernel += np.random.default_rng(seed).normal(0, noise, kernel.shape).astype(np.float32)
    dense.set_weights([kernel, np.array([-6 * gain * 2], np.float32)])
    path.parent.mkdir(parents=True, exist_ok=True)
    network.save(path)
    return network
