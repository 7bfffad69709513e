"""The cache of crops at input size: written once, whole, and never of other crops."""

import os
import re
import shutil
import time
from collections import namedtuple

import numpy as np
import pytest

from stages.common.archive import Record, read_members, write_archive
from stages.common.errors import InputError
from stages.common.tables.faces import FACES_ROOT
from stages.train import crop_cache
from stages.train.crop_cache import CROPS, cached_crops
from stages.train.faces import load_faces
from tests.support.training import made_faces


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return made_faces("train", 5)


def files():
    return sorted(path.name for path in CROPS.iterdir())


def test_it_holds_what_the_archives_hold(table, monkeypatch):
    monkeypatch.setattr(crop_cache, "_BATCH_OF_CROPS", 7)
    crops = cached_crops(table, 16, workers=3)
    np.testing.assert_array_equal(
        crops, load_faces(table, 16, cached=False).crops(np.arange(len(table)))
    )
    assert not crops.flags.writeable
    assert len(files()) == 1


def test_the_next_training_maps_what_is_there(table, monkeypatch):
    first = cached_crops(table, 16)
    monkeypatch.setattr(crop_cache, "_write", None)
    np.testing.assert_array_equal(cached_crops(table, 16), first)


def test_other_crops_another_size_and_other_code_have_files_of_their_own(table):
    archive = table["archive"].iloc[0]
    cached_crops(table, 16)
    cached_crops(table, 24)
    cached_crops(table, 16, made_by="another decoder")
    cached_crops(table[::-1], 16)
    assert len(files()) == 4
    crops = read_members(FACES_ROOT / archive)
    write_archive(FACES_ROOT / archive, Record(digest="changed"), crops)
    cached_crops(table, 16)
    assert len(files()) == 5


@pytest.mark.parametrize("kept", [0, 60, 1000])
def test_a_file_that_is_not_whole_is_written_again(table, kept):
    whole = cached_crops(table, 16).copy()
    (path,) = CROPS.iterdir()
    path.write_bytes(path.read_bytes()[:kept])
    np.testing.assert_array_equal(cached_crops(table, 16), whole)


def test_an_interrupted_run_leaves_no_file(table, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(crop_cache, "_BATCH_OF_CROPS", 4)
    with monkeypatch.context() as patch:
        patch.setattr(crop_cache, "map_crops", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cached_crops(table, 16)
    assert files() == []


def test_a_crop_that_cannot_be_read_is_named_and_leaves_no_file(table):
    row = table.iloc[-1]
    damaged = dict.fromkeys(table.loc[table["archive"] == row.archive, "crop"], b"no picture")
    write_archive(FACES_ROOT / row.archive, Record(digest="made"), damaged)
    with pytest.raises(InputError, match=re.escape(f"of {row.archive}")):
        cached_crops(table, 16)
    assert files() == []


Usage = namedtuple("Usage", "free")


def with_free(monkeypatch, count):
    """Let the disk have `count` bytes left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(count))


def test_without_room_each_epoch_reads_the_archives(table, monkeypatch, capsys):
    with_free(monkeypatch, 2 * len(table) * 16 * 16 * 3 - 1)
    faces = load_faces(table, 16)
    assert faces.decoded is None
    assert "no room" in capsys.readouterr().err
    assert faces.crops(np.arange(3)).shape == (3, 16, 16, 3)
    assert files() == []


def test_the_files_used_longest_ago_make_room(table, monkeypatch):
    sizes = (8, 16, 17)
    for age, size in enumerate(sizes):
        cached_crops(table, size)
        for path in CROPS.glob(f"{size}px-*"):
            os.utime(path, (time.time() - 100 + age,) * 2)
    cached_crops(table, 8)  # used again
    with_free(monkeypatch, 60_000)  # all files may take 48 kB; three and the new one are 56
    cached_crops(table, 18)
    assert [name.split("px")[0] for name in files()] == ["17", "18", "8"]


def test_what_a_killed_process_left_is_removed(table):
    CROPS.mkdir(parents=True)
    for name, age in ((".1-abandoned.part", 7200), (".2-at_work.part", 0)):
        (CROPS / name).write_bytes(b"part of an array")
        os.utime(CROPS / name, (time.time() - age,) * 2)
    cached_crops(table, 16)
    assert [name for name in files() if name.endswith(".part")] == [".2-at_work.part"]
