"""Increments under every type of DVC's cache: what the cache holds is never written into."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.code import add_code
from tests.support.stage_outputs import FRAMES_PARAMS, write_index

ROOT = Path(__file__).parents[2]
PARAMS = FRAMES_PARAMS | {"max_frames": 3, "max_failed_fraction": 0.0}
STAGE = {
    "cmd": f"{sys.executable} -m stages.frames d",
    "deps": ["data/raw/d", "data/index/d.csv"],
    "params": ["frames"],
    "outs": [{"data/frames/d": {"persist": True}}, "data/frame_tables/d.csv"],
}


def dvc(*args):
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *args],
        env=os.environ | {"MACHINE_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    add_code(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump({"frames": PARAMS}))
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"frames": STAGE}}))
    Path("data/raw/d").mkdir(parents=True)
    dvc("init", "--quiet", "--no-scm")
    dvc("config", "core.analytics", "false")
    dvc("remote", "add", "--quiet", "--default", "store", str(tmp_path / "store"))
    return tmp_path


def index(folder):
    clips = sorted(folder.iterdir())
    write_index("d", {clip.stem: (clip.name, digest(clip)) for clip in clips})


def digest(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def objects(folder):
    """Objects of a cache by the digest that is their name, and the digest of what they hold."""
    return {
        path.parent.name + path.name.removesuffix(".dir"): digest(path)
        for path in (folder / "files/md5").rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hardlink", "symlink", "copy"])
def test_the_cache_is_intact_after_increments(repository, clip, pictures, kind):
    dvc("config", "cache.type", kind)
    raw = Path("data/raw/d")
    for number in range(3):
        clip(raw / f"{number}.mp4", pictures(6, seed=number))
    index(raw)
    dvc("repro")
    dvc("push", "--quiet")
    archive = Path("data/frames/d/real/0.zip")
    linked = {"hardlink": archive.stat().st_nlink > 1, "symlink": archive.is_symlink()}
    assert linked.get(kind, not archive.is_symlink() and archive.stat().st_nlink == 1)
    before = objects(Path(".dvc/cache"))

    clip(raw / "1.mp4", pictures(6, seed=9))  # one changed, one more, one less
    clip(raw / "3.mp4", pictures(6, seed=3))
    (raw / "2.mp4").unlink()
    index(raw)
    assert "2 to work on, 1 reused" in dvc("repro")

    after = objects(Path(".dvc/cache"))
    assert before.items() <= after.items()
    assert all(name == content for name, content in after.items())
    dvc("push", "--quiet")
    assert "in sync" in dvc("status", "--cloud")
    assert objects(Path("store")) == after
    assert sorted(path.stem for path in archive.parent.iterdir()) == ["0", "1", "3"]
