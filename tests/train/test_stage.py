"""The stage as DVC runs it: a process of its own, twice, and killed in between."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import pytest
import yaml

from stages.common.network import load_network
from stages.common.params import read_yaml
from tests.support.training import NOTHING, RECIPE, make_workspace, needs_jax, two_processes

pytestmark = pytest.mark.slow

SEEDS = ("vgg16", "vgg16-5")


def start(folder, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "stages.train", "vgg16"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    with process:  # closes what it prints to
        return process.wait()


def outs(folder):
    made = [path for top in ("models", "plots") for path in (folder / top).rglob("*")]
    return {path.relative_to(folder): path.read_bytes() for path in made if path.is_file()}


@pytest.fixture
def workspaces(tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        make_workspace(folder, tune={"epochs": 3})
    return folders


def test_killed_and_run_again_is_the_same_to_the_byte_with_other_workers(workspaces):
    whole, killed = workspaces
    assert ended(start(whole, MACHINE_WORKERS="1")) == 0

    process = start(killed, MACHINE_WORKERS="3")
    while not list((killed / ".work/train/vgg16").glob("*/00000.npz")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    ended(process)
    assert ended(start(killed, MACHINE_WORKERS="2")) == 0

    assert Path("plots/history/vgg16/plots/metrics/val/auc.tsv") in outs(whole)
    assert outs(whole) == outs(killed)
    assert not list((killed / ".work/train/vgg16").iterdir())


@needs_jax
def test_two_processes_train_together_and_go_on_together(workspaces):
    whole, killed = workspaces
    first, second = (start(whole, **environment) for environment in two_processes())
    assert (ended(first), ended(second)) == (0, 0)
    assert len((whole / ".work/logs/train-vgg16.jsonl").read_text().splitlines()) == 3

    both = [start(killed, **environment) for environment in two_processes()]
    while not list((killed / ".work/train/vgg16").glob("*/00000.npz")):
        assert both[0].poll() is None, both[0].stderr.read()
        time.sleep(0.05)
    for process in both:
        process.kill()
        ended(process)
    both = [start(killed, **environment) for environment in two_processes()]
    assert [ended(process) for process in both] == [0, 0]
    assert outs(whole) == outs(killed)


def test_other_weights_in_the_same_file_are_another_training(tmp_path):
    file = tmp_path / "vgg16.weights.h5"
    make_workspace(tmp_path, weights=str(file))
    trainings = set()
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        shape = (RECIPE["input_size"], RECIPE["input_size"], 3)
        keras.applications.VGG16(include_top=False, weights=None, input_shape=shape).save_weights(
            file
        )
        process = start(tmp_path)
        while not (saved := set((tmp_path / ".work/train/vgg16").glob("*/00000.npz")) - trainings):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        process.kill()
        ended(process)
        trainings |= saved
    assert len(trainings) == 2


def test_one_class_alone_is_refused(workspaces):
    table = workspaces[0] / "data/split/val.csv"
    table.write_text(table.read_text().replace(",fake,", ",real,"))
    process = start(workspaces[0])
    _, errors = process.communicate()
    assert process.returncode == 1
    assert "val.csv has no fake face" in errors
    assert "Traceback" not in errors


def test_with_all_fakes_self_blended_those_of_the_tables_change_no_byte(workspaces):
    with_fakes, without = workspaces
    for folder in workspaces:
        params = read_yaml(folder / "params.yaml")
        params["recipe"]["self_blended"]["share"] = 1.0
        (folder / "params.yaml").write_text(yaml.safe_dump(params))
    for split in ("train", "val"):
        path = without / f"data/split/{split}.csv"
        rows = path.read_text().splitlines(keepends=True)
        path.write_text("".join(row for row in rows if ",fake," not in row))
    assert [ended(start(folder)) for folder in (with_fakes, without)] == [0, 0]
    assert outs(with_fakes) == outs(without)


def test_another_seed_is_another_model_of_its_own_name(workspaces):
    folder, _ = workspaces
    command = [sys.executable, "-m", "stages.train", "vgg16"]
    for seed in ([], ["5"]):
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        subprocess.run([*command, *seed], cwd=folder, env=environment, check=True)
    models = {name: (folder / f"models/{name}/model.keras").read_bytes() for name in SEEDS}
    assert models["vgg16"] != models["vgg16-5"]
    recipes = [json.loads((folder / f"models/{name}/recipe.json").read_text()) for name in SEEDS]
    assert [one["recipe"]["seed"] for one in recipes] == [RECIPE["seed"], 5]


def test_features_of_a_frozen_backbone_serve_another_seed(tmp_path):
    file = tmp_path / "vgg16.weights.h5"
    keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3)).save_weights(
        file
    )
    make_workspace(tmp_path, weights=str(file), tune={"epochs": 0}, augment=NOTHING.model_dump())
    assert ended(start(tmp_path)) == 0
    stored = {path: path.stat().st_mtime_ns for path in tmp_path.glob(".work/features/**/*.npz")}
    assert len(stored) == 18  # items of train and val

    subprocess.run(
        [sys.executable, "-m", "stages.train", "vgg16", "5"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
    )
    assert {path: path.stat().st_mtime_ns for path in stored} == stored
    one, two = ((tmp_path / f"models/{name}/model.keras").read_bytes() for name in SEEDS)
    assert one != two
    trained = load_network(tmp_path / "models/vgg16-5/model.keras")
    assert trained.input_shape == (None, 32, 32, 3)
