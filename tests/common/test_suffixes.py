"""What a file is by its suffix, and the order of the frames in a folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.formats import FORMATS, suffixes_of
from stages.common.suffixes import NO_MEDIA, frames_in, in_order, kind, why_unknown


def test_kinds():
    names = ["a/b.MP4", "c.jpeg", "d.txt", "README", "mp4", "e.xyz", "f.zip", "g.jxl", "h.HEIC"]
    assert [kind(name) for name in names] == ["video", "image", "none", "none", *[""] * 4, "image"]


def test_no_format_has_a_suffix_of_other_files():
    assert not suffixes_of(FORMATS) & NO_MEDIA


def test_why_a_file_is_unknown():
    assert why_unknown("a/b.ZIP") == "'.ZIP' is an archive, which is not read: unpack it"
    assert "convert it with" in why_unknown("b.JXL")
    assert why_unknown("b.xyz").startswith("the suffix '.xyz' is of no picture")
    assert why_unknown("b").startswith("a name without suffix is of no picture")


@given(st.lists(st.integers(0, 10**9), unique=True))
def test_numbers_in_names_count_as_numbers(numbers):
    names = in_order(f"frame_{number}.png" for number in numbers)
    assert names == [f"frame_{number}.png" for number in sorted(numbers)]


@given(st.lists(st.text(min_size=1)))
def test_any_names_have_one_order(names):
    assert in_order(names) == in_order(reversed(names))


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        (["10.png", "2.png"], [2, 10]),
        (["f_0012.jpg", "f_0000.jpg"], [0, 12]),
        (["000_003_10.png", "000_003_9.png"], [9, 10]),
        (["b.png", "a.png"], [0, 1]),  # no numbers
        (["1.png", "1.jpg", "2.png"], [0, 1, 2]),  # one number twice
        (["20200819123456.png", "3.png"], [0, 1]),  # no number of a frame
        ([], []),
    ],
)
def test_frames_are_told_by_the_numbers_in_their_names(names, frames, tmp_path):
    for name in [*names, "notes.txt", ".hidden1.png"]:
        (tmp_path / name).touch()
    (tmp_path / "5.png").mkdir()
    found = frames_in(tmp_path)
    assert list(found) == frames
    assert [path.name for path in found.values()] == in_order(names)
