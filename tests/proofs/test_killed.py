"""The kills themselves, on a small pipeline."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from proofs.killed import Kill, Progress, kill_once, repro_until

pytestmark = pytest.mark.end_to_end

STAGES = {
    name: {"cmd": f"sleep 0.5 && cat {dep} > {name}", "deps": [dep], "outs": [name]}
    for dep, name in (("source", "a"), ("a", "b"), ("b", "c"))
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with a pipeline of three stages, as the current folder."""
    folder = tmp_path / "project"
    (folder / "profiles").mkdir(parents=True)
    (folder / "profiles/default.yaml").write_text("size: 2\n")
    (folder / "profiles/tiny.yaml").write_text("size: 1\n")
    (folder / "source").write_text("1\n")
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
    (folder / "scripts").mkdir()
    shutil.copy(Path(__file__).parents[2] / "scripts/repair", folder / "scripts/repair")
    for args in (
        ["git", "init", "-q"],
        [sys.executable, "-m", "dvc", "init", "-q"],
        ["git", "add", "--all"],
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"],
    ):
        subprocess.run(args, cwd=folder, check=True, capture_output=True)
    monkeypatch.chdir(folder)
    return folder


DURATIONS = {"a": 0.5, "b": 0.5, "c": 0.5}


def test_a_run_dies_in_the_stage_that_was_meant_and_the_next_goes_on_from_there(project):
    run = repro_until(project, Kill(passed=1, share=0.0, at_lock=False), DURATIONS)
    assert run.killed
    assert list(run.starts) == ["a", "b"]
    assert not (project / "b").exists()
    rest = repro_until(project, None, DURATIONS)
    assert rest.code == 0
    assert list(rest.starts) == ["b", "c"]


def tear_lock(project):
    (project / "dvc.lock").write_bytes(b"")


def tear_rwlock(project):
    (project / ".dvc/tmp/rwlock").write_text('{"read"')


def empty_run_cache_entries(project):
    """What is left when DVC is killed after it made the entry's folder."""
    (project / "dvc.lock").unlink()
    (project / "a").unlink()
    for path in (project / ".dvc/cache/runs").rglob("*"):
        if path.is_file():
            path.unlink()


@pytest.mark.parametrize("tear", [tear_lock, tear_rwlock, empty_run_cache_entries])
def test_one_command_repairs_what_a_kill_leaves_unreadable(project, tear):
    progress = Progress()
    assert repro_until(project, None, {}).code == 0
    lock = (project / "dvc.lock").read_bytes()
    tear(project)
    assert kill_once(project, lock, None, progress) is True
    assert len(progress.repaired) == 1
    assert progress.chains == 1


def test_a_stage_that_fails_by_itself_is_an_error(project):
    (project / "source").unlink()
    with pytest.raises(RuntimeError, match="failed to reproduce 'a'"):
        kill_once(project, b"", None, Progress())


def test_another_lock_than_the_uninterrupted_one_is_an_error(project):
    with pytest.raises(RuntimeError, match=r"dvc\.lock is not that of the uninterrupted run"):
        kill_once(project, b"another", None, Progress())


def test_kills_are_drawn_anew_and_the_same_again():
    draws = [Kill.draw(number) for number in range(200)]
    assert draws == [Kill.draw(number) for number in range(200)]
    assert {draw.passed for draw in draws} == {0, 1}
    assert 0.05 < sum(draw.at_lock for draw in draws) / 200 < 0.25
    assert all(0 <= draw.share < 1 for draw in draws)


@pytest.mark.slow
def test_chains_of_kills_end_with_the_lock_of_an_uninterrupted_run(project, tmp_path):
    def killed(kills):
        return subprocess.run(
            [sys.executable, "-m", "proofs.killed", str(tmp_path / "work"), "--kills", str(kills)],
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    for kills in (2, 6):  # the second call goes on where the first one ended
        run = killed(kills)
        assert run.returncode == 0, run.stderr
        progress = json.loads((tmp_path / "work/progress.json").read_text())
        assert len(progress["kills"]) >= kills
        assert progress["chains"] >= 1
    assert "chains, each with the lock of an uninterrupted run" in run.stdout
    print(run.stdout)
