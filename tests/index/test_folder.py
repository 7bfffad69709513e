"""What counts as a dataset's file, and what leads out of its folder."""

import pytest

from stages.common.errors import InputError
from stages.index.folder import scan


def test_the_folder_itself_may_be_a_link(lay_out, tmp_path):
    (tmp_path / "link").symlink_to(lay_out(["a/1.mp4"]))
    assert scan(tmp_path / "link").media_files == ("a/1.mp4",)


def test_links_out_of_the_folder_are_not_followed(lay_out, tmp_path):
    away = lay_out(["1.mp4", "more/2.mp4"], "away")
    root = lay_out(["in.mp4"])
    (root / "file.mp4").symlink_to(away / "1.mp4")
    (root / "folder").symlink_to(away / "more")
    (root / "inside.mp4").symlink_to(root / "in.mp4")
    folder = scan(root)
    assert folder.media_files == ("in.mp4", "inside.mp4")
    assert folder.outside == ("file.mp4", "folder")


def test_links_into_a_store_of_dvc_are_files(lay_out, tmp_path):
    store = lay_out(["files/md5/ab/cd.mp4"], "cache")
    root = lay_out(["in.mp4"])
    (root / "file.mp4").symlink_to(store / "files/md5/ab/cd.mp4")
    assert scan(root, [store]).media_files == ("file.mp4", "in.mp4")


def test_a_broken_link_is_an_error(lay_out, tmp_path):
    root = lay_out(["in.mp4"])
    (root / "file.mp4").symlink_to(tmp_path / "gone.mp4")
    with pytest.raises(InputError, match=r"file.mp4 is a broken link"):
        scan(root)


def test_hidden_files_and_those_of_macos_do_not_count(lay_out):
    root = lay_out(["a.mp4", ".hidden.mp4", "b/._a.mp4", "__MACOSX/a.mp4", ".x/a.mp4"])
    assert scan(root).media_files == ("a.mp4",)


def test_a_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="unpack or link"):
        scan(tmp_path / "gone")


def test_broken_json_names_the_file(lay_out):
    folder = scan(lay_out({"metadata.json": "{"}))
    with pytest.raises(InputError, match=r"metadata.json is not JSON"):
        folder.json("metadata.json", dict)
