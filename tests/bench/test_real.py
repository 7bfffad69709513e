"""How `bench.real` makes its repository, without running it."""

import shutil
import sys

import pytest

from bench.real import CLONE, DATASET, RECIPES, choose, main, make_repository
from bench.recipes import VARIANTS
from stages.common.params import read_yaml
from tests.support.paths import ROOT


def test_every_row_is_a_variant():
    assert set(RECIPES.split()) <= set(VARIANTS)


def test_the_weights_are_those_of_one_backbone(tmp_path):
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    weights = tmp_path / "vgg16.weights.h5"
    choose(tmp_path, "gpu", "vgg16", weights)
    params = read_yaml(tmp_path / "params.yaml")
    assert params["models"]["vgg16"]["weights"] == str(weights)
    assert params["models"]["vgg16"]["tune"]["learning_rate"] == 3e-5  # the profile's
    assert params["recipe"]["weights"] == "imagenet"
    choose(tmp_path, "gpu", "mobilenet_v2", None)
    assert "weights" not in read_yaml(tmp_path / "params.yaml")["models"]["vgg16"]


def test_a_folder_that_is_no_such_dataset_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bench.real", "faces"])
    with pytest.raises(SystemExit, match=r"faces has no media\.csv"):
        main()
    assert not CLONE.exists()


def test_the_clone_of_another_folder_is_not_measured(tmp_path):
    link = tmp_path / "clone" / "data" / "raw" / DATASET
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "first")
    with pytest.raises(SystemExit, match="remove it to measure"):
        make_repository(tmp_path / "clone", tmp_path / "second", "tiny")
