"""Write a model's card: what it learnt from and how, what it is worth, what it is not for.

Command
    ``python -m stages.card BACKBONE``
Reads
    ``models/<backbone>/model.keras`` and its ``decision.json``, the split tables,
    ``metrics/split.json``, ``metrics/tables/<backbone>.csv``, ``plots/robustness/<backbone>.csv``
Writes
    ``metrics/cards/<backbone>.md``
Parameters
    ``frames``, ``faces``, ``recipe``, ``models.<backbone>``; versions of keras and tensorflow
"""

import hashlib
import json
from pathlib import Path

import pandas as pd

from stages.card.card import Ran, card
from stages.common import table
from stages.common.command import run_stage
from stages.common.measure.decision import read_decision
from stages.common.params import load, merged
from stages.common.split_metrics import SPLIT_METRICS
from stages.common.tables.measures import MEASURES, measures_path
from stages.common.tables.splits import SPLIT, SPLIT_NAMES, split_path
from stages.common.versions import pinned


def main(backbone: str) -> None:
    """Write the card of one backbone's model."""
    folder = Path("models") / backbone
    with (folder / "model.keras").open("rb") as model:
        md5 = hashlib.file_digest(model, "md5").hexdigest()
    ran = Ran(
        name=backbone,
        md5=md5,
        decision=read_decision(folder / "decision.json"),
        faces={split: table.read(split_path(split), SPLIT) for split in SPLIT_NAMES},
        split=json.loads(SPLIT_METRICS.read_text(encoding="utf-8")),
        measures=table.read(measures_path(backbone), MEASURES),
        robustness=pd.read_csv(Path("plots/robustness") / f"{backbone}.csv"),
        recipe={
            "frames": load("frames", dict),
            "faces": load("faces", dict),
            "recipe": merged(load("recipe", dict), load(f"models.{backbone}", dict)),
        },
        versions=pinned("keras", "tensorflow"),
    )
    path = Path("metrics/cards") / f"{backbone}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(card(ran), encoding="utf-8")


if __name__ == "__main__":
    run_stage(main)
