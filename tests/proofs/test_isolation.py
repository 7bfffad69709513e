"""A violation of each kind is planted in a small repository, and found."""

import subprocess
import sys

import pytest
import yaml
from dvc.repo import Repo

from proofs.isolation import problems_in_isolation

pytestmark = pytest.mark.end_to_end

HONEST = "from pathlib import Path\nPath('out.txt').write_text(Path('in.txt').read_text())\n"


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Run a stage's code in a made repository and give the errors that the proof finds."""

    def run(code, changes=None):
        stage = {"cmd": "python work.py", "deps": ["work.py", "in.txt"], "outs": ["out.txt"]}
        (tmp_path / "work.py").write_text(code)
        (tmp_path / "in.txt").write_text("in")
        (tmp_path / "params.yaml").write_text("declared: 1\nother: 2\n")
        (tmp_path / "dvc.yaml").write_text(
            yaml.safe_dump({"stages": {"work": stage | (changes or {})}})
        )
        monkeypatch.chdir(tmp_path)
        subprocess.run(["git", "init", "--quiet"], check=True)
        subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], check=True)
        subprocess.run([sys.executable, "work.py"], check=True)
        with Repo(str(tmp_path)) as repo:
            (found,) = repo.index.stages
            return problems_in_isolation(found, tmp_path)

    return run


def test_an_honest_stage_is_complete(planted):
    assert planted(HONEST) == []


def test_a_read_of_an_undeclared_file_is_found(planted, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    problems = planted(HONEST + "open('secret.txt').read()\n")
    assert len(problems) == 1
    assert "secret.txt" in problems[0]


def test_a_read_through_opencv_is_found(planted, tmp_path):
    import cv2
    import numpy as np

    cv2.imwrite(str(tmp_path / "secret.png"), np.zeros((4, 4), np.uint8))
    code = "import cv2\nopen('out.txt', 'w').write(str(cv2.imread('secret.png') is None))\n"
    assert planted(code) == ["gives another out.txt"]


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("import helper, table\n", ""),
        ("import importlib\nimportlib.import_module('by_' + 'name')\n", "by_name"),
    ],
)
def test_the_recorded_code_is_laid_out_and_no_other(planted, tmp_path, code, missing):
    recorded = tmp_path / "data/code/work.json"
    recorded.parent.mkdir(parents=True)
    recorded.write_text('{"helper.py": "a digest", "table.py::row": "a digest"}')
    for name in ("helper.py", "table.py", "by_name.py"):
        (tmp_path / name).write_text("X = 1\n")
    changes = {"deps": ["work.py", "in.txt", "data/code/work.json"]}
    problems = planted(HONEST + code, changes)
    assert len(problems) == bool(missing)
    assert all(missing in problem for problem in problems)


def test_an_undeclared_parameter_is_found(planted):
    code = HONEST + "import yaml\nyaml.safe_load(open('params.yaml'))['other']\n"
    problems = planted(code, {"params": ["declared"]})
    assert len(problems) == 1
    assert "other" in problems[0]


def test_a_write_beside_the_outs_is_found(planted):
    problems = planted(HONEST + "open('stray.txt', 'w').write('x')\n")
    assert problems == ["writes stray.txt, which is no out"]


def test_a_changed_dep_is_found(planted):
    problems = planted(HONEST + "open('in.txt', 'a').write('x')\n")
    assert "changes its dep in.txt" in problems


def test_work_may_be_written_under_dot_work(planted):
    code = "import os\nos.makedirs('.work', exist_ok=True)\nopen('.work/log', 'w').write('x')\n"
    assert planted(HONEST + code) == []
