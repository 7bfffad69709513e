"""Several commands at once, on a made pipeline whose stages take two seconds."""

import hashlib
import subprocess
import sys

import pytest
import yaml

from proofs.clones import dvc
from proofs.concurrent import (
    generations,
    run_side_by_side,
    second_is_refused,
    share_cache,
    wrong_objects,
)

pytestmark = pytest.mark.end_to_end

WORK = """
import sys, time
from pathlib import Path
source, target = map(Path, sys.argv[1:])
time.sleep(2)
target.write_text(source.read_text() + target.name)
"""
STAGES = {
    "first": {
        "cmd": "python work.py in.txt first.txt",
        "deps": ["work.py", "in.txt"],
        "outs": ["first.txt"],
    },
    "many": {
        "matrix": {"item": ["a", "b", "c", "d"]},
        "cmd": "python work.py first.txt ${item.item}.txt",
        "deps": ["first.txt"],
        "outs": ["${item.item}.txt"],
    },
    "last": {
        "cmd": "python work.py a.txt last.txt",
        "deps": ["a.txt", "b.txt", "c.txt", "d.txt"],
        "outs": ["last.txt"],
    },
}


@pytest.fixture
def clone(tmp_path):
    def make(name):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "work.py").write_text(WORK)
        (folder / "in.txt").write_text("in ")
        (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=folder, check=True)
        return folder

    return make


def entries(folder):
    return yaml.safe_load((folder / "dvc.lock").read_text())["stages"]


def test_a_second_whole_repro_says_so_and_changes_nothing(clone):
    assert second_is_refused(clone("one"), []) == []


@pytest.mark.slow
def test_a_second_repro_that_is_not_refused_is_an_error(clone, monkeypatch):
    monkeypatch.setattr("proofs.concurrent.dvc", lambda folder, *args: dvc(folder, "version"))
    assert second_is_refused(clone("one"), []) != []


def test_items_of_a_matrix_run_side_by_side(clone):
    folder, alone = clone("side"), clone("alone")
    assert generations(folder, []) == [["first"], [f"many@{item}" for item in "abcd"], ["last"]]
    assert generations(folder, ["many@a"]) == [["first"], ["many@a"]]
    assert run_side_by_side(folder, []) == []
    assert not dvc(alone, "repro").returncode
    assert entries(folder) == entries(alone)


def test_two_clones_share_a_cache(clone, tmp_path):
    folders, cache = [clone("one"), clone("two")], tmp_path / "cache"
    assert share_cache(folders, cache, []) == []
    assert entries(folders[0]) == entries(folders[1])
    (found, *_) = (cache / "files" / "md5").glob("*/*")
    found.chmod(0o644)
    found.write_text("other")
    assert hashlib.md5(b"other").hexdigest() != found.name
    assert wrong_objects(cache) == [f"{found} is damaged"]
