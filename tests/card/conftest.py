"""All that a card is written from, made: tables, a decision and metrics in the current folder."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common import table
from stages.common.metrics.decision import write_decision
from stages.common.metrics.metrics_table import LevelScores, MetricsParams, metrics_table
from stages.common.params import check
from stages.common.split_metrics import SPLIT_METRICS, content_name
from stages.common.tables.errors import GAPS, gaps_path
from stages.common.tables.metrics import METRICS, metrics_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT_NAMES
from stages.split.persons import UNKNOWN
from tests.support.app import made_scores, write_item_scores
from tests.support.card import RECIPE, TRAINED_WITH, made_decision, made_faces
from tests.support.explain import made_gap
from tests.support.paths import ROOT
from tests.support.scoring import items_of

SETTINGS = check(RECIPE["metrics"], MetricsParams, "metrics")


@pytest.fixture(scope="module")
def written_once(tmp_path_factory):
    """A folder in which a model called net ran, to be copied."""
    folder = tmp_path_factory.mktemp("net")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_outputs()
    return folder


@pytest.fixture
def workspace(tmp_path, written_once, monkeypatch):
    """The current folder, in which a model called net ran."""
    shutil.copytree(written_once, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_outputs():
    """Write what a card is written from."""
    Path("params.yaml").write_text(yaml.safe_dump(RECIPE))
    metrics = {"leak_test_items_of_learnt_groups": 0, "leak_test_items_of_learnt_persons": UNKNOWN}
    items, scored = [], []
    for split in SPLIT_NAMES:
        faces = made_faces(split)
        items += [items_of(faces, split), faceless_items(split)]
        metrics[content_name(split, faces["dataset"].iloc[0])] = f"digest of {split}"
        if split != "train":
            scored.append(faces.assign(split=split))
    table.write(ITEMS_PATH, pd.concat(items), ITEMS)
    write_decision(Path("models/net/decision.json"), made_decision(["made"]))
    Path("models/net/model.keras").write_bytes(b"a network")
    Path("models/net/recipe.json").write_text(json.dumps(TRAINED_WITH))
    SPLIT_METRICS.parent.mkdir()
    SPLIT_METRICS.write_text(json.dumps(metrics))
    faces = pd.concat(scored, ignore_index=True)
    noise = np.random.default_rng(0).normal(0, 0.2, len(faces))
    faces["p_fake"] = np.clip(0.4 + 0.2 * (faces["label"] == "fake") + noise, 0, 1)
    levels = dict.fromkeys(("frame", "video"), LevelScores(faces, 0.5))
    table.write(metrics_path("net"), metrics_table(levels, SETTINGS), METRICS)
    shutil.copy(ROOT / "versions.yaml", ".")
    write_item_scores("net", made_scores(sharp=1.5))
    write_item_scores("baseline", made_scores(sharp=0, seed=1))
    table.write(gaps_path("net"), pd.DataFrame([made_gap()]), GAPS)
    curves = [("blur", 0, 0.9), ("blur", 5, 0.8), ("noise", 0, 0.9), ("noise", 3, 0.55)]
    Path("plots/robustness").mkdir(parents=True)
    curves = pd.DataFrame(curves, columns=["distortion", "level", "auc"])
    curves.to_csv("plots/robustness/net.csv", index=False)


def faceless_items(split):
    """An item without a face of each label."""
    made = items_of(made_faces(split), split).drop_duplicates("label")
    return made.assign(item=made["item"] + "_dark", faces=0)
