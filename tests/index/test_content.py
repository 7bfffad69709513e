"""Hashes come from DVC's memory only while they are true."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stages.common.errors import InputError
from stages.index.content import DvcState, dvc_state, md5s, refuse_pointers
from stages.index.folder import scan
from stages.index.listed_item import ListedItem

pytestmark = pytest.mark.end_to_end


def hashed(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.fixture
def paths(lay_out, tmp_path, monkeypatch):
    root = lay_out(["a.mp4", "b.mp4", "c.png"])
    monkeypatch.chdir(tmp_path)
    return sorted(root.iterdir())


def test_outside_a_dvc_repository_files_are_read(paths):
    state = dvc_state()
    assert state.caches == ()
    assert md5s(paths, state) == [hashed(path) for path in paths]


def test_an_unreadable_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone.mp4"):
        md5s([tmp_path / "gone.mp4"], dvc_state())


@pytest.fixture
def tracked(paths, tmp_path):
    """The files of `paths` known to DVC."""
    for command in (["init", "--no-scm", "-q"], ["add", "-q", "dataset"]):
        environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
        subprocess.run([sys.executable, "-m", "dvc", *command], check=True, env=environment)
    return paths


def test_what_dvc_knows_is_not_read_again(tracked, monkeypatch):
    expected = [hashed(path) for path in tracked]
    monkeypatch.setattr("stages.index.content.md5_of", lambda name: pytest.fail(f"read {name}"))
    assert md5s(tracked, dvc_state()) == expected


def test_an_edited_file_is_read_again(tracked):
    before = md5s(tracked, dvc_state())
    edited = tracked[1]
    content = edited.read_bytes()
    edited.unlink()
    edited.write_bytes(content[::-1])  # of equal length
    after = md5s(tracked, dvc_state())
    assert after == [hashed(path) for path in tracked]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]


def test_the_cache_is_a_store(tracked):
    assert dvc_state().caches == (Path(".dvc/cache/files/md5").absolute(),)
    assert isinstance(dvc_state(), DvcState)


def test_git_lfs_pointers_are_refused_and_named(tmp_path):
    (tmp_path / "sound.mp4").write_bytes(bytes(2000))
    pointer = tmp_path / "pointer.mp4"
    pointer.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    with pytest.raises(InputError, match="1 of 2 files are Git LFS pointers") as caught:
        refuse_pointers(
            scan(tmp_path),
            [
                ListedItem(path, "real", "real", path, ("a",))
                for path in ("sound.mp4", "pointer.mp4")
            ],
        )
    assert "git lfs pull" in str(caught.value)
    assert str(pointer) in str(caught.value)
