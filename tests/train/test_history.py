"""Curves are a function of the history, however often a training was interrupted."""

import json

import pandas as pd
import pytest
from dvc.repo import Repo
from scmrepo.git import Git

from stages.common.errors import InputError
from stages.train.history import Curves, curve_path, curves_folder

HISTORY = [
    {
        "epoch": epoch,
        "phase": "tune" if epoch else "head",
        "learning_rate": 0.1 / (1 + epoch),
        "loss": 0.9 - epoch / 3,
        "val_loss": 1.0 - epoch / 7,
        "val_auc": 0.5 + epoch / 9,
    }
    for epoch in range(3)
]


@pytest.fixture
def curves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda: Curves(curves_folder("net"))


def files():
    folder = curves_folder("net")
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def reported_epoch_by_epoch(curves, history):
    for epochs in range(1, len(history) + 1):
        curves.update(history[:epochs])
    curves.end()


def test_a_table_a_curve_and_the_last_epoch_by_itself(curves):
    reported_epoch_by_epoch(curves(), HISTORY)
    assert {path.stem for path in curves_folder("net").rglob("*.tsv")} == {
        "learning_rate",
        "loss",
        "auc",
    }
    table = pd.read_csv(curve_path("net", "val/loss"), sep="\t")
    assert table.to_dict("list") == {"step": [0, 1, 2], "loss": [1.0, 0.857143, 0.714286]}
    assert json.loads((curves_folder("net") / "metrics.json").read_text()) == {
        "step": 2,
        "phase": "tune",
        "learning_rate": 0.033333,
        "train": {"loss": 0.233333},
        "val": {"loss": 0.714286, "auc": 0.722222},
    }


def test_an_interrupted_training_leaves_the_same_files(curves):
    reported_epoch_by_epoch(curves(), HISTORY)
    whole = files()

    curves().update(HISTORY[:2])
    with curve_path("net", "val/loss").open("a") as file:
        file.write("2\t0.7")  # killed while the third was written
    curves().update(HISTORY[:2])  # and again, right after it went on
    reported_epoch_by_epoch(curves(), HISTORY)
    assert files() == whole


def test_neither_dvc_yaml_nor_git_is_touched(curves, tmp_path):
    Git.init(str(tmp_path)).close()
    with Repo.init(str(tmp_path)) as repo:
        repo.scm.add_commit([".dvc"], message="a start")
        reported_epoch_by_epoch(curves(), HISTORY)
        assert not (tmp_path / "dvc.yaml").exists()
        assert repo.scm.list_all_commits() == [repo.scm.get_rev()]


def test_a_repository_without_a_commit_is_told_what_to_do(curves, tmp_path):
    Git.init(tmp_path).close()
    Repo.init().close()
    with pytest.raises(InputError, match=r"Empty git repo.*run `git commit`"):
        curves()
