"""Write a model card: intended use, training data and recipe, metrics, and limits.

Command
    ``python -m stages.card BACKBONE``
Reads
    ``models/<backbone>/``: the model, its ``recipe.json`` and ``decision.json``;
    ``data/split/items.csv``,
    ``metrics/split.json``, ``metrics/tables/<backbone>.csv``, ``metrics/gaps/<backbone>.csv``,
    ``metrics/scores`` of the backbone and of the baseline, ``plots/robustness/<backbone>.csv``
Writes
    ``metrics/cards/<backbone>.md``
Parameters
    ``datasets``, ``faces``, ``frames``, ``metrics``, ``verdict``; versions of ``statistics``
"""

import hashlib
import json

import pandas as pd

from stages.card.card import CardInputs, card
from stages.common import table
from stages.common.command import run_stage
from stages.common.datasets import DatasetParams
from stages.common.files import write_whole
from stages.common.metrics.decision import read_decision
from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.verdicts import VerdictParams, skill_of
from stages.common.model_paths import (
    card_path,
    decision_path,
    network_path,
    plot_path,
    recipe_path,
)
from stages.common.params import load
from stages.common.split_metrics import SPLIT_METRICS
from stages.common.tables.errors import GAPS, gaps_path
from stages.common.tables.metrics import METRICS, metrics_path
from stages.common.tables.scores import BASELINE, VIDEO_SCORES, video_scores_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH
from stages.common.versions import pinned


def main(backbone: str) -> None:
    """Write the card of one backbone's model."""
    pinned("statistics")
    with network_path(backbone).open("rb") as model:
        md5 = hashlib.file_digest(model, "md5").hexdigest()
    trained_with = json.loads(recipe_path(backbone).read_text(encoding="utf-8"))
    datasets = load("datasets", dict[str, DatasetParams])
    decision = read_decision(decision_path(backbone))
    inputs = CardInputs(
        name=backbone,
        md5=md5,
        decision=decision,
        skill=skill_of(
            table.read(video_scores_path(backbone), VIDEO_SCORES),
            table.read(video_scores_path(BASELINE), VIDEO_SCORES),
            decision.video.threshold,
            load("verdict", VerdictParams),
            load("metrics", MetricsParams),
        ),
        items=table.read(ITEMS_PATH, ITEMS),
        split=json.loads(SPLIT_METRICS.read_text(encoding="utf-8")),
        metrics=table.read(metrics_path(backbone), METRICS),
        gaps=table.read(gaps_path(backbone), GAPS),
        robustness=pd.read_csv(plot_path("robustness", backbone)),
        recipe={
            # Where frames are kept changes no crop
            "frames": {key: value for key, value in load("frames", dict).items() if key != "store"},
            "faces": load("faces", dict),
            "recipe": trained_with["recipe"],
        },
        versions=trained_with["versions"],
        ready_made={name for name, dataset in datasets.items() if dataset.crops},
    )
    write_whole(card_path(backbone), card(inputs))


if __name__ == "__main__":
    run_stage(main)
