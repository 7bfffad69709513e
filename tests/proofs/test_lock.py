"""Each way in which dvc.lock can lie is planted in a small repository, and caught without data."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from review.lock import lock_problems

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]

PIPELINE = {
    "stages": {
        "make": {
            "matrix": {"name": "${names}"},
            "cmd": "sh code/make.sh ${item.name}",
            "deps": ["code/make.sh", "data/raw/clips"],
            "params": ["size"],
            "outs": ["data/parts/${item.name}.csv", {"data/items/${item.name}": {"persist": True}}],
        },
        "join": {
            "cmd": "sh code/join.sh",
            "deps": ["code/join.sh", "data/parts", "data/items"],
            "outs": ["models/net/model.bin"],
            "metrics": [{"metrics/net.json": {"cache": False}}],
        },
        "code": {
            "cmd": f"{sys.executable} -m stages.code",
            "deps": ["stages"],
            "outs": ["data/code"],
        },
        "use": {
            "cmd": "cp models/net/model.bin data/used.bin",
            "deps": ["data/code/split.json", "models/net/model.bin"],
            "outs": ["data/used.bin"],
        },
    },
}
MAKE = """set -e
mkdir -p data/parts data/items/$1
echo "$1" > data/parts/$1.csv
cp data/raw/clips/* data/items/$1/
"""
JOIN = """set -e
mkdir -p models/net metrics
cat data/parts/*.csv > models/net/model.bin
echo '{"auc": 0.75}' > metrics/net.json
"""


def run(folder, *args):
    subprocess.run(args, cwd=folder, check=True, capture_output=True)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if isinstance(text, str) else yaml.safe_dump(text, sort_keys=False))


def commit(folder):
    run(folder, "git", "add", "--all")
    run(folder, "git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A repository whose pipeline ran, with its data."""
    folder = tmp_path_factory.mktemp("ran")
    run(folder, "git", "init", "-q")
    run(folder, sys.executable, "-m", "dvc", "init", "-q")
    write(folder / ".dvcignore", ".gitignore\n__pycache__\n")
    shutil.copy(ROOT / ".gitignore", folder)
    write(folder / "data/README.md", "what lies here")
    write(folder / "dvc.yaml", PIPELINE)
    write(folder / "params.yaml", {"names": ["a", "b"], "size": 1})
    shutil.copytree(ROOT / "stages", folder / "stages")
    write(folder / "code/make.sh", MAKE)
    write(folder / "code/join.sh", JOIN)
    write(folder / "data/raw/clips/x.mp4", "x")
    write(folder / "data/raw/clips/y.mp4", "yy")
    write(folder / "data/external/theirs.csv", "path,score")
    run(
        folder,
        sys.executable,
        "-m",
        "dvc",
        "add",
        "-q",
        "data/raw/clips",
        "data/external/theirs.csv",
    )
    run(folder, sys.executable, "-m", "dvc", "repro", "-q")
    commit(folder)
    return folder


@pytest.fixture
def clone(ran, tmp_path, monkeypatch):
    """What a reviewer has: the commit, and neither data nor cache."""
    folder = tmp_path / "clone"
    run(tmp_path, "git", "clone", "-q", str(ran), str(folder))
    monkeypatch.chdir(folder)
    return folder


def edit(path, change):
    document = yaml.safe_load(path.read_text())
    change(document)
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def edit_stage(clone, stage, change):
    edit(clone / "dvc.yaml", lambda document: change(document["stages"][stage]))


def edit_lock(clone, change):
    edit(clone / "dvc.lock", lambda document: change(document["stages"]))


def test_a_clone_without_data_has_no_error(clone):
    assert not (clone / "data/parts").exists()
    assert (clone / "data/external/theirs.csv.dvc").exists()
    assert lock_problems() == []


@pytest.fixture
def checkout(ran, tmp_path, monkeypatch):
    """What the author has: data and cache as well."""
    folder = tmp_path / "checkout"
    shutil.copytree(ran, folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_checkout_with_data_has_no_error(checkout):
    assert lock_problems() == []


def test_digests_of_an_earlier_commit_in_the_workspace_do_not_count(checkout):
    write(checkout / "data/code/split.json", "{}")
    assert lock_problems() == []


def test_data_outside_dvc_and_git_may_be_absent(checkout):
    edit_stage(checkout, "use", lambda stage: stage["deps"].append("data/raw/nas"))
    write(checkout / "data/raw/nas/z.mp4", "z")
    run(checkout, sys.executable, "-m", "dvc", "repro", "-q")
    shutil.rmtree(checkout / "data/raw/nas")
    assert lock_problems() == []


def plant_changed_code(clone):
    write(clone / "code/join.sh", JOIN + "# another\n")


def plant_changed_function(clone):
    with (clone / "stages/split/assign.py").open("a") as file:
        file.write("X = 1\n")


def plant_comment(clone):
    with (clone / "stages/split/assign.py").open("a") as file:
        file.write("# why\n")


def plant_digest_of_other_code(clone):
    edit_lock(clone, lambda stages: stages["use"]["deps"][0].update(md5="0" * 32))


def plant_changed_param(clone):
    edit(clone / "params.yaml", lambda params: params.update(size=2))


def plant_changed_command(clone):
    edit_stage(clone, "use", lambda stage: stage.update(cmd="true"))


def plant_deleted_script(clone):
    run(clone, "git", "rm", "-q", "code/join.sh")


def plant_deleted_metric(clone):
    run(clone, "git", "rm", "-q", "metrics/net.json")


def plant_uncommitted_deletion_of_a_metric(clone):
    (clone / "metrics/net.json").unlink()


def plant_edited_metric(clone):
    write(clone / "metrics/net.json", json.dumps({"auc": 0.99}))


def plant_metric_never_added_to_git(clone):
    run(clone, "git", "rm", "-q", "--cached", "metrics/net.json")


def plant_removed_dep(clone):
    edit_stage(clone, "join", lambda stage: stage["deps"].remove("code/join.sh"))


def plant_removed_param(clone):
    edit_stage(clone, "make", lambda stage: stage.pop("params"))


def plant_added_out(clone):
    edit_stage(clone, "use", lambda stage: stage["outs"].append("data/more.bin"))


def plant_removed_out(clone):
    edit_stage(clone, "join", lambda stage: stage.pop("metrics"))


def plant_orphan_entry(clone):
    edit_lock(clone, lambda stages: stages.update(old={"cmd": "true"}))


def plant_dataset_taken_out(clone):
    edit(clone / "params.yaml", lambda params: params.update(names=["a"]))


def plant_stage_that_never_ran(clone):
    edit_lock(clone, lambda stages: stages.pop("use"))


def plant_dep_inside_a_folder(clone):
    edit_stage(clone, "use", lambda stage: stage["deps"].append("data/items/a/x.mp4"))
    locked = {"path": "data/items/a/x.mp4", "hash": "md5", "md5": "0" * 32, "size": 1}
    edit_lock(clone, lambda stages: stages["use"]["deps"].append(locked))


def plant_upstream_ran_alone(clone):
    edit_lock(clone, lambda stages: stages["join"]["outs"][1].update(md5="0" * 32))


def plant_part_of_a_folder_ran_alone(clone):
    edit_lock(clone, lambda stages: stages["make@a"]["outs"][1].update(md5="0" * 32))


def plant_part_of_a_folder_of_folders_ran_alone(clone):
    edit_lock(clone, lambda stages: stages["make@a"]["outs"][0].update(nfiles=3))


def plant_part_of_a_folder_of_other_size(clone):
    edit_lock(clone, lambda stages: stages["make@a"]["outs"][0].update(size=7))


def plant_model_in_git(clone):
    write(clone / "models/net/model.bin", "a")
    run(clone, "git", "add", "--force", "models/net/model.bin")


def plant_other_model(clone):
    write(clone / "models/net/model.bin", "another")


def plant_model_that_no_stage_made(clone):
    write(clone / "models/mine/model.bin", "a")
    run(clone, "git", "add", "--force", "models/mine/model.bin")


def plant_model_added_by_hand(clone):
    write(clone / "models/mine.bin.dvc", {"outs": [{"md5": "0" * 32, "path": "mine.bin"}]})
    run(clone, "git", "add", "--force", "models/mine.bin.dvc")


def plant_metric_of_no_stage(clone):
    write(clone / "metrics/mine.json", "{}")
    run(clone, "git", "add", "metrics/mine.json")


def plant_frozen_stage(clone):
    edit_stage(clone, "use", lambda stage: stage.update(frozen=True))


PLANTED = {
    plant_changed_code: ["join: changed since it ran: code/join.sh"],
    plant_changed_function: [
        "code: changed since it ran: stages",
        "use: its code changed since it ran: data/code/split.json",
    ],
    plant_comment: ["code: changed since it ran: stages"],
    plant_digest_of_other_code: ["use: its code changed since it ran: data/code/split.json"],
    plant_changed_param: [
        "make@a: changed since it ran: params.yaml: size",
        "make@b: changed since it ran: params.yaml: size",
    ],
    plant_changed_command: ["use: changed since it ran: its command"],
    plant_deleted_script: ["join: code/join.sh was deleted"],
    plant_deleted_metric: ["join: metrics/net.json is not in git"],
    plant_uncommitted_deletion_of_a_metric: ["join: metrics/net.json was deleted"],
    plant_edited_metric: ["join: changed since it ran: metrics/net.json"],
    plant_metric_never_added_to_git: ["join: metrics/net.json is not in git"],
    plant_removed_dep: ["join: code/join.sh is in dvc.lock, but not among its deps"],
    plant_removed_param: [
        "make@a: params.yaml: size is in dvc.lock, but not among its params",
        "make@b: params.yaml: size is in dvc.lock, but not among its params",
    ],
    plant_added_out: ["use: data/more.bin is among its outs, but not in dvc.lock"],
    plant_removed_out: [
        "join: metrics/net.json is in dvc.lock, but not among its outs",
        "metrics/net.json: in git, but no stage makes it",
    ],
    plant_orphan_entry: ["old: in dvc.lock, not in dvc.yaml"],
    plant_dataset_taken_out: ["make@b: in dvc.lock, not in dvc.yaml"],
    plant_stage_that_never_ran: ["use: not in dvc.lock: it never ran"],
    plant_dep_inside_a_folder: ["use: data/items/a/x.mp4 is inside data/items/a"],
    plant_upstream_ran_alone: ["use: changed since it ran: what it reads from another stage"],
    plant_part_of_a_folder_ran_alone: [
        "join: data/parts in dvc.lock is not made of the outs below it"
    ],
    plant_part_of_a_folder_of_folders_ran_alone: [
        "join: data/items in dvc.lock is not made of the outs below it"
    ],
    plant_part_of_a_folder_of_other_size: [
        "join: data/items in dvc.lock is not made of the outs below it"
    ],
    plant_model_in_git: ["join: models/net/model.bin is DVC's, but in git as well"],
    plant_other_model: ["use: changed since it ran: models/net/model.bin"],
    plant_model_that_no_stage_made: ["models/mine/model.bin: in git, but no stage makes it"],
    plant_model_added_by_hand: ["models/mine.bin.dvc: in git, but no stage makes it"],
    plant_metric_of_no_stage: ["metrics/mine.json: in git, but no stage makes it"],
    plant_frozen_stage: ["use: frozen: DVC never compares it"],
}


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_error_is_caught(clone, plant):
    plant(clone)
    problems = lock_problems()
    for expected in PLANTED[plant]:
        assert any(problem.startswith(expected) for problem in problems), problems


def command(folder):
    return subprocess.run(
        [sys.executable, "-m", "proofs.lock"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_what_it_compared(clone):
    run_ = command(clone)
    assert (run_.returncode, run_.stderr, run_.stdout) == (
        0,
        "",
        "dvc.lock belongs to this checkout: 7 stages compared\n",
    )


def test_the_command_reports_each_error(clone):
    plant_deleted_metric(clone)
    run_ = command(clone)
    assert run_.returncode == 1
    assert "join: metrics/net.json is not in git" in run_.stderr


def test_an_emptied_lock_is_named(clone):
    write(clone / "dvc.lock", "")
    run_ = command(clone)
    assert run_.returncode == 1
    assert "Traceback" not in run_.stderr
    assert "dvc.lock" in run_.stderr


def found_by_dvc_itself(folder):
    """The stage that DVC would run, or fails to for want of data; None if there is none."""
    run_ = subprocess.run(
        [sys.executable, "-m", "dvc", "repro", "--pull", "--allow-missing", "--dry"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"(?:Running stage|failed to reproduce) '(.+?)'", run_.stdout + run_.stderr)
    return found and found[1]


def test_dvc_itself_has_nothing_to_run_in_a_clone_without_data(clone):
    assert found_by_dvc_itself(clone) is None


@pytest.mark.parametrize(
    ("plant", "stage"),
    [
        (plant_changed_code, "join"),
        (plant_changed_function, "code"),
        (plant_edited_metric, "join"),
        (plant_other_model, "use"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_dvc_itself_and_the_command_catch(clone, plant, stage):
    plant(clone)
    assert found_by_dvc_itself(clone) == stage
    run_ = command(clone)
    assert run_.returncode == 1
    assert f"{stage}: changed since it ran" in run_.stderr


@pytest.mark.parametrize(
    "plant",
    [
        plant_deleted_script,
        plant_deleted_metric,
        plant_removed_dep,
        plant_added_out,
        plant_orphan_entry,
        plant_digest_of_other_code,
        plant_model_that_no_stage_made,
        plant_part_of_a_folder_ran_alone,
    ],
    ids=lambda plant: plant.__name__,
)
def test_dvc_alone_misses_these(clone, plant):
    """If DVC comes to see one of these, the check of our own can shrink."""
    plant(clone)
    with Repo() as repo:
        assert repo.reproduce(dry=True, allow_missing=True) == []
