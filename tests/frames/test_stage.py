"""The stage from the command line: good and bad items, on workers of its own or of others."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from stages.common.archive import item_path, read_members, read_record
from stages.common.table import read
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES, frame_table_path, frames_folder
from tests.support.code import add_code
from tests.support.stage_outputs import FRAMES_PARAMS, write_index

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    here = tmp_path / "repository"
    here.mkdir()
    add_code(here)
    monkeypatch.chdir(here)
    (here / "data/raw").mkdir(parents=True)
    return here


def prepare(files, **params):
    """Write params.yaml and the index of `files`, paths under data/raw/d by items."""
    Path("params.yaml").write_text(yaml.safe_dump({"frames": FRAMES_PARAMS | params}))
    md5s = {item: hashlib.md5(item.encode()).hexdigest() for item in files}
    write_index("d", {item: (path, md5s[item]) for item, path in files.items()})


def run_stage(**environment):
    return subprocess.run(
        [sys.executable, "-m", "stages.frames", "d"],
        env=os.environ | {"MACHINE_WORKERS": "2"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def test_good_items_become_archives_and_bad_ones_rows(repository, clip, pictures):
    elsewhere = repository.parent / "elsewhere"
    elsewhere.mkdir()
    # The dataset's own folder may be a link; a link in it that leads out of it may not
    Path("data/raw/d").symlink_to(elsewhere)
    clip(elsewhere / "good.mp4", pictures(20))
    clip(elsewhere / 'it\'s "ünï 雪".mp4', pictures(2))
    clip(repository.parent / "outside.mp4", pictures(3))
    (elsewhere / "link.mp4").symlink_to(repository.parent / "outside.mp4")
    (elsewhere / "empty.mp4").touch()
    files = {
        "good": "good.mp4",
        "name": 'it\'s "ünï 雪".mp4',
        "link": "link.mp4",
        "empty": "empty.mp4",
        "gone": "gone.mp4",
    }
    prepare(files, scale="dfdetect", format="jpeg")
    done = run_stage()
    assert done.returncode == 0, done.stderr
    frames = read(frame_table_path("d"), FRAMES)
    assert frames.groupby("item")["frame"].apply(list).to_dict() == {
        "good": [2, 7, 12, 17],
        "name": [0, 1],
    }
    assert (frames["width"] == 192).all()
    assert (frames["scale"] == 2).all()
    failures = read(failures_path("frames", "d"), FAILURES).set_index("item")["error"]
    assert failures.to_dict() == {
        "empty": "is empty",
        "gone": "cannot be read: No such file or directory",
        "link": "is a link that leads out of the dataset's folder",
    }
    metrics = json.loads(Path("metrics/frames/d.json").read_text())
    assert metrics == {"frames": 6, "items": 5, "items_failed": 3}
    archive = item_path(frames_folder("d"), "real", "good")
    assert list(read_members(archive)) == [f"{n:06d}.jpg" for n in (2, 7, 12, 17)]
    assert "5/5" in done.stderr
    assert "failed=3" in done.stderr

    prepare(files, scale="dfdetect", format="jpeg", max_failed_fraction=0.5)
    done = run_stage()
    assert done.returncode == 1
    assert "3 of 5 items failed" in done.stderr
    assert "real/gone: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def start(module, *args):
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{module}", *args],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.slow
def test_an_existing_cluster_loses_a_worker_and_nothing_else(repository, clip, pictures):
    """Scheduler and workers are processes of their own, one of them is killed during the run."""
    Path("data/raw/d").mkdir()
    count = 60
    for n in range(count):
        clip(Path(f"data/raw/d/{n}.mp4"), pictures(24, seed=n))
    prepare({f"m{n:02}": f"{n}.mp4" for n in range(count)})
    scheduler = start("dask_scheduler", "--scheduler-file", "scheduler.json", "--port", "0")
    workers = [
        start("dask_worker", "--scheduler-file", "scheduler.json", "--nthreads", "1")
        for _ in range(3)
    ]
    try:
        while not Path("scheduler.json").exists() or not Path("scheduler.json").stat().st_size:
            time.sleep(0.1)
        address = json.loads(Path("scheduler.json").read_text())["address"]
        stage = subprocess.Popen(
            [sys.executable, "-m", "stages.frames", "d"],
            env=os.environ | {"DASK_SCHEDULER_ADDRESS": address},
        )
        while len(list(Path("data").rglob("*.zip"))) < 5:
            assert stage.poll() is None
            time.sleep(0.1)
        os.killpg(workers[0].pid, signal.SIGKILL)
        left = count - len(list(Path("data").rglob("*.zip")))
        assert left > 0
        assert stage.wait(timeout=400) == 0
    finally:
        for process in [*workers, scheduler]:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    assert json.loads(Path("metrics/frames/d.json").read_text()) == {
        "frames": 4 * count,
        "items": count,
        "items_failed": 0,
    }
    before = {path: read_record(path) for path in Path("data/frames").rglob("*.zip")}
    shutil.rmtree("data/frames")
    assert run_stage(MACHINE_WORKERS="1").returncode == 0
    assert {path: read_record(path) for path in Path("data/frames").rglob("*.zip")} == before


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_named(repository, clip, pictures):
    Path("data/raw/d").mkdir()
    clip(Path("data/raw/d/a.mp4"), pictures(2))
    prepare({"a": "a.mp4"})
    done = run_stage(DASK_SCHEDULER_ADDRESS="tcp://127.0.0.1:9")
    assert done.returncode == 1
    assert "no Dask scheduler at tcp://127.0.0.1:9" in done.stderr
