import pytest

from stages.common.files import whole_file, write_whole


def test_a_file_is_replaced_once_it_is_complete(tmp_path):
    path = tmp_path / "new" / "a.json"
    write_whole(path, "ä\n")
    linked = tmp_path / "linked"
    linked.hardlink_to(path)
    write_whole(path, b"b")
    assert path.read_bytes() == b"b"
    assert linked.read_text(encoding="utf-8") == "ä\n"
    assert list(path.parent.iterdir()) == [path]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.csv"
    write_whole(path, "old")
    with pytest.raises(TypeError), whole_file(path) as part:
        part.write_bytes("no bytes")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
