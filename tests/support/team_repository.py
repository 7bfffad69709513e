"""A small team: a git repository whose commits hold parameters, metrics and scores, no data."""

import json
import subprocess

import numpy as np
import pandas as pd
import yaml
from dvc.repo import Repo

from stages.common import table
from stages.common.metrics.decision import DecisionParams
from stages.common.params import check
from stages.common.tables.scores import VIDEO_SCORES, video_scores_path
from stages.compare.ensemble import ENSEMBLES_PATH, fit_ensembles, write_ensembles
from tests.support.decision import DECISION

PARAMS = {
    "backbones": ["net_a", "net_b"],
    "train": {"rate": 0.001},
    "decision": DECISION,
    "metrics": {
        "ece_bins": 10,
        "intervals": {"replicates": 100, "confidence": 0.95, "min_clusters": 10, "seed": 0},
    },
}
SPLIT = {
    "train_fake_items": 100,
    "test_fake_items": 40,
    "content_test_seen": "11",
    "content_unseen_other": "22",
    "content_val_seen": "33",
}
PLACES = {"val": ("seen", 10), "test": ("seen", 40), "unseen": ("other", 12)}


def made_items(places=PLACES):
    """One pristine clip and one fake a group."""
    return pd.DataFrame(
        [
            {
                "dataset": dataset,
                "method": method,
                "item": f"{split}_{number:03d}_{method}",
                "faces": 8,
                "split": split,
                "label": "real" if method == "real" else "fake",
                "group": f"{dataset}/{split}{number:03d}",
                "target": f"{dataset}/{split}{number:03d}",
                "donor": "",
            }
            for split, (dataset, groups) in places.items()
            for number in range(groups)
            for method in ("real", "swap")
        ]
    )


def made_scores(item, gap, seed=0):
    """Scores whose fakes lie `gap` standard deviations of the log odds above the reals."""
    noise = np.random.default_rng(seed).normal(size=len(item))
    log_odds = noise + gap * ((item["label"] == "fake") - 0.5)
    return item.assign(p_fake=(1 / (1 + np.exp(-log_odds))).round(6))


class ProcessGroup:
    """Writes what a run would have written, and commits it."""

    def __init__(self, folder):
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        Repo.init(str(folder), no_scm=False).close()

    def git(self, *args):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        done = subprocess.run(
            ["git", *identity, *args], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, path, content):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, str):
            dump = json.dumps if target.suffix == ".json" else yaml.safe_dump
            content = dump(content)
        target.write_text(content, encoding="utf-8")

    def score(self, **scores):
        for model, rows in scores.items():
            table.write(self.folder / video_scores_path(model), rows, VIDEO_SCORES)
        self.combine()

    def combine(self):
        """Write the ensembles of all backbones, as `stages.compare` does."""
        paths = {name: self.folder / video_scores_path(name) for name in PARAMS["backbones"]}
        if not all(path.is_file() for path in paths.values()):
            return
        rows = {name: table.read(path, VIDEO_SCORES) for name, path in paths.items()}
        tables = {name: dict.fromkeys(("frame", "video"), scores) for name, scores in rows.items()}
        params = check(PARAMS["decision"], DecisionParams, "decision")
        ensembles = fit_ensembles(tables, PARAMS["backbones"], params)
        write_ensembles(self.folder / ENSEMBLES_PATH, ensembles)

    def commit(self, subject="a run", by_hand=False):
        """Commit what a run has written, which dvc.lock then records, or what a hand has."""
        if not by_hand:
            self._record()
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def _record(self):
        made = [name for name in ("metrics", "plots") if (self.folder / name).is_dir()]
        outs = [{name: {"cache": False}} for name in made]
        self.write("dvc.yaml", {"stages": {"run": {"cmd": "true", "outs": outs}}})
        with Repo(str(self.folder)) as repo:
            repo.commit(force=True)
