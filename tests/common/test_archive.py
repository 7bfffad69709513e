"""The archive of one item."""

from pathlib import Path

from stages.common.archive import Record, item_path, read_members, write_archive


def test_an_item_with_the_longest_name_of_a_file_has_an_archive(tmp_path):
    paths = [item_path(tmp_path, "real", item) for item in ("ä" * 127, "ä" * 126 + "b", "c" * 255)]
    assert len(set(paths)) == 3
    for path in paths:
        write_archive(path, Record("made"), {"0.png": b"picture"})
        assert read_members(path, ["0.png"]) == {"0.png": b"picture"}
        (path.parent / f"{path.name}.npz").touch()  # as stages.train.features calls its files


def test_other_items_are_called_like_their_archives():
    assert item_path(Path("out"), "real", "a/b") == Path("out/real/a/b.zip")
    assert item_path(Path("out"), "real", "a" * 236) == Path(f"out/real/{'a' * 236}.zip")
