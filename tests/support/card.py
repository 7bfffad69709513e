"""What a card is written from: a recipe, faces and a decision."""

import numpy as np
import pandas as pd

from stages.common.metrics.aggregate import Aggregation
from stages.common.metrics.decision import Decision, FittedOn, Level
from stages.common.tables.splits import SPLIT
from tests.support.stage_outputs import write_item

RECIPE = {
    "datasets": {
        "made": {"role": "seen", "layout": "folder"},
        "other": {"role": "unseen", "layout": "folder"},
    },
    "frames": {"format": "png", "max_frames": 8},
    "faces": {"crop": {"scale": 1.3}},
    "metrics": {
        "ece_bins": 10,
        "intervals": {"replicates": 100, "confidence": 0.95, "min_clusters": 5, "seed": 0},
    },
    "verdict": {"max_error": 0.1, "min_frames": 3, "min_face": 40.0, "min_sharpness": 0.03},
}
TRAINED_WITH = {"recipe": {"seed": 4, "batch_size": 16}, "versions": {"keras": "3.0"}}


def made_faces(split):
    """Six groups of a real and a fake, of two faces each."""
    dataset, role = ("other", "unseen") if split == "unseen" else ("made", "seen")
    rows = []
    for group in range(6):
        for label in ("real", "fake"):
            rows += write_item(
                [np.zeros((4, 4, 3), np.uint8)] * 2,
                role=role,
                dataset=dataset,
                method=("swap", "blend")[group % 2] if label == "fake" else "real",
                item=f"{split}{group}{label}",
                label=label,
                group=f"{dataset}/{split}{group}",
            )
    return pd.DataFrame(rows, columns=list(SPLIT.columns))


def made_decision(datasets):
    return Decision(
        aggregation=Aggregation(method="mean", top_k=3, by="item", consistency=0.5, min_faces=2),
        frame=Level(slope=1.0, bias=0.0, prior=0.5, val_share=0.5, threshold=0.51),
        video=Level(slope=0.7, bias=0.1, prior=0.5, val_share=0.5, threshold=0.62),
        fitted_on=FittedOn(
            split="val", sha256="0", datasets=datasets, faces=24, items=12, groups=6
        ),
    )
