"""A disk that is full, or not to be written: said clearly, nothing half-written, gone on with."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from proofs.clones import dvc
from proofs.full_disk import fill_and_grow
from proofs.small_disk import GRANTED, SmallDisk
from stages.common import table
from stages.common.archive import read_record
from stages.common.tables.index import INDEX, index_path
from stages.profiles import params_text
from tests.support.code import add_code

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
ITEMS = 12

needs_mounts = pytest.mark.skipif(not GRANTED, reason="the system grants no mount namespace")


@pytest.fixture
def lay_out():
    """A folder in which the stage `frames` can run, with items that come to 150 kB as PNG."""

    def write(folder):
        add_code(folder)
        for path in (folder / "data" / "code").rglob("*.json"):  # each takes a page of the disk
            if path.name != "frames.json":
                path.unlink()
        (folder / "params.yaml").write_text(params_text(["tiny"], ROOT))
        raw = folder / "data" / "raw" / "made"
        raw.mkdir(parents=True)
        rows = []
        for number in range(ITEMS):
            noise = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
            cv2.imwrite(str(raw / f"{number}.jpg"), noise, [cv2.IMWRITE_JPEG_QUALITY, 30])
            row = dict.fromkeys(INDEX.columns, "")
            row |= {"dataset": "made", "method": "real", "item": f"m{number:02}"}
            row |= {"path": f"{number}.jpg", "kind": "image", "label": "real"}
            rows.append(row | {"group": f"m{number:02}", "md5": f"{number:032x}"})
        table.write(folder / index_path("made"), pd.DataFrame(rows), INDEX)
        return folder

    return write


COMMAND = [sys.executable, "-m", "stages.frames", "made"]
# What `pytest --cov` writes in each process would meet the limits too
UNMEASURED = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
ENVIRONMENT = UNMEASURED | {"PYTHONPATH": str(ROOT), "MACHINE_WORKERS": "1"}


def run(folder, **options):
    return subprocess.run(
        COMMAND,
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def outs(folder):
    found = [path for name in ("data", "metrics") for path in (folder / name).rglob("*")]
    return {
        path.relative_to(folder): path.read_bytes()
        for path in found
        if path.is_file() and "raw" not in path.parts
    }


def is_clear(run, says):
    assert run.returncode == 1, run.stderr
    assert "error: " in run.stderr
    assert says in run.stderr
    assert "Traceback" not in run.stderr


@needs_mounts
def test_a_full_disk_is_said_and_with_room_the_run_goes_on(tmp_path, lay_out):
    with SmallDisk(tmp_path / "small", kilobytes=4000) as disk:
        folder = lay_out(disk.folder)
        disk.resize(200)
        full = disk.run(COMMAND, ENVIRONMENT)
        is_clear(full, "No space left on device")
        whole = [path for path in outs(folder) if path.suffix == ".zip"]
        assert 0 < len(whole) < ITEMS
        assert all(read_record(folder / path).digest for path in whole)
        assert not [path for path in outs(folder) if path.suffix == ".part"]
        disk.resize(4000)
        again = disk.run(COMMAND, ENVIRONMENT)
        assert again.returncode == 0, again.stderr
        assert f"{ITEMS - len(whole)} to work on, {len(whole)} reused" in again.stderr
        with_room = lay_out(tmp_path)
        assert run(with_room).returncode == 0
        assert outs(folder) == outs(with_room)


@needs_mounts
def test_a_folder_that_is_not_to_be_written_is_named(tmp_path, lay_out):
    with SmallDisk(tmp_path / "small", kilobytes=4000) as disk:
        folder = lay_out(disk.folder)
        before = outs(folder)
        disk.protect("data")
        is_clear(disk.run(COMMAND, ENVIRONMENT), "Read-only file system: 'data/frames")
        disk.protect(".")
        is_clear(disk.run(COMMAND, ENVIRONMENT), "Read-only file system: '.work")
        assert outs(folder) == before


def test_a_file_larger_than_the_user_may_write(tmp_path, lay_out):
    """A limit of the shell stands in for a quota, where no file system can be mounted."""
    folder = lay_out(tmp_path)
    small = (10_000, 10_000)
    done = run(folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, small))
    is_clear(done, "File too large")
    assert not [path for path in outs(folder) if path.suffix in (".zip", ".part")]
    assert run(folder).returncode == 0


@needs_mounts
@pytest.mark.timeout(300)
def test_a_pipeline_ends_right_on_a_disk_that_was_full_again_and_again(tmp_path):
    made = {
        name: {"cmd": f"yes {name} | head -c 400000 > {name}", "outs": [name]} for name in "abc"
    }

    def lay_pipeline(folder):
        (folder / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "repair", folder / "scripts")
        (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": made}))
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=folder, check=True)
        return folder

    with_room = lay_pipeline(tmp_path / "with room")
    assert not dvc(with_room, "repro").returncode
    with SmallDisk(tmp_path / "small", kilobytes=1000) as disk:
        disk.fill(lay_pipeline(tmp_path / "clone"))
        problems, stopped = fill_and_grow(disk, [])
        assert problems == []
        assert stopped.total() > 0
        lock = (disk.folder / "dvc.lock").read_bytes()
    assert lock == (with_room / "dvc.lock").read_bytes()
