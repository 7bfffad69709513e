"""What is wrong with a dataset is found, named, and an error or dropped as the parameters say."""

import pandas as pd
import pytest

from stages.common.attributes import RESERVED
from stages.common.errors import InputError
from stages.common.problems import raise_or_report
from stages.index.folder import Folder
from stages.index.listed_item import ListedItem, Skipped, official_split
from stages.index.params import IndexParams
from stages.index.problems import (
    Problem,
    check_content,
    check_files,
    decide,
    pictures_alone,
)
from stages.index.rows import index_metrics, index_rows


def item(path, label="real", **more):
    return ListedItem(path, label, label, path, (path,), **more)


def found(problems):
    return [(problem.problem, problem.path) for problem in problems]


def test_files_are_held_against_what_the_layout_says(tmp_path):
    folder = Folder(tmp_path, ("a.mp4", "b.mp4", "mask.png", "x.mp4"), (), ("link.mp4",))
    listed = [
        item("a.mp4"),
        item("b.mp4", label="maybe"),
        item("gone.mp4"),
        item("../out.mp4"),
        item("/etc/passwd.mp4"),
        Skipped("mask.png"),
    ]
    sound, problems = check_files(folder, listed)
    assert [item.path for item in sound] == ["a.mp4"]
    assert found(problems) == [
        ("outside", "link.mp4"),
        ("unknown_label", "b.mp4"),
        ("missing_file", "gone.mp4"),
        ("outside", "../out.mp4"),
        ("outside", "/etc/passwd.mp4"),
        ("no_metadata", "x.mp4"),
    ]


def test_a_linked_file_that_metadata_names_is_one_problem(tmp_path):
    folder = Folder(tmp_path, (), (), ("link.mp4",))
    assert found(check_files(folder, [item("link.mp4")])[1]) == [("outside", "link.mp4")]


def test_a_file_named_twice_is_an_error(tmp_path):
    folder = Folder(tmp_path, ("a.mp4",), (), ())
    with pytest.raises(InputError, match=r"a\.mp4"):
        check_files(folder, [item("a.mp4"), item("a.mp4", label="fake")])


def content(*rows):
    return pd.DataFrame(rows, columns=["path", "label", "group", "md5"])


def test_equal_files_under_two_labels_are_all_dropped():
    table = content(("a", "real", "g", "1"), ("b", "fake", "g", "1"), ("c", "fake", "h", "2"))
    kept, problems = check_content(table)
    assert list(kept["path"]) == ["c"]
    assert found(problems) == [("same_content_two_labels", name) for name in "ab"]
    assert [problem.detail for problem in problems] == ["same content as b", "same content as a"]


def test_equal_files_in_two_groups_leave_one_and_join_the_groups():
    table = content(
        ("a", "real", "g", "1"),
        ("b", "real", "h", "1"),
        ("c", "fake", "h", "2"),
        ("d", "real", "i", "3"),
    )
    kept, problems = check_content(table)
    assert dict(zip(kept["path"], kept["group"], strict=True)) == {"a": "g", "c": "g", "d": "i"}
    assert found(problems) == [("same_content_two_groups", "b")]


def test_equal_files_of_one_group_and_label_are_no_problem():
    kept, problems = check_content(content(("a", "real", "g", "1"), ("b", "real", "g", "1")))
    assert len(kept) == 2
    assert problems == []


DROP = dict.fromkeys(IndexParams.model_fields, "drop")


def test_parameters_say_whether_a_problem_is_an_error(tmp_path, capsys):
    problems = [Problem("missing_file", f"{n}.mp4", "named by metadata") for n in range(12)]
    dropped = decide(problems, IndexParams(**DROP))
    raise_or_report(dropped, "index", tmp_path / "all.csv")
    said = capsys.readouterr().err
    assert "12" in said
    assert "9.mp4" in said
    refused = decide(problems, IndexParams(**{**DROP, "missing_file": "error"}))
    with pytest.raises(InputError) as error:
        raise_or_report(refused, "index", tmp_path / "all.csv")
    for part in ["12", "0.mp4", "2 more", "all.csv", "index.missing_file"]:
        assert part in str(error.value)


def test_two_files_of_one_key_are_named():
    twins = [item("p1/a.mp4"), item("p2/a.mp4")]
    twins = [ListedItem(item.path, "real", "real", "a", ("a",)) for item in twins]
    with pytest.raises(InputError, match=r"p1/a.mp4 and p2/a.mp4"):
        index_rows("made", twins, ["1", "2"])


@pytest.mark.parametrize(("method", "item"), [("../x", "a"), ("x", "../a"), ("", "a"), ("x", "")])
def test_names_that_would_leave_the_folder_are_refused(method, item):
    with pytest.raises(InputError, match="cannot name a file"):
        index_rows("made", [ListedItem("a.mp4", "fake", method, item, ("a",))], ["1"])


@pytest.mark.parametrize("name", RESERVED)
def test_an_attribute_that_the_pipeline_has_itself_is_named(name):
    attributes = {"skin": "dark", name: "x"}
    with pytest.raises(InputError, match=rf"a\.mp4: .* called '{name}'.* another name"):
        index_rows("made", [item("a.mp4", attributes=attributes)], ["1"])


def test_an_attribute_that_cannot_be_stored_is_refused():
    with pytest.raises(InputError, match="NUL"):
        index_rows("made", [item("a.mp4", attributes={"skin": "a\0b"})], ["1"])


def test_unknown_official_split_is_named():
    with pytest.raises(InputError, match="holdout"):
        official_split("holdout", "list")
    assert official_split("Validation", "list") == "val"


def test_metrics_count_what_is_there():
    rows = index_rows(
        "made",
        [
            ListedItem("r.mp4", "real", "real", "r", ("r",)),
            ListedItem("f.mp4", "fake", "swap", "f", ("r",), original="r"),
            ListedItem("g.mp4", "fake", "swap", "g", ("q",), original="q"),
        ],
        ["1", "2", "3"],
    )
    metrics = index_metrics(
        rows, decide([Problem("outside", "x", "")], IndexParams(**DROP)), skipped=4
    )
    assert metrics["items_fake"] == metrics["method_swap"] == metrics["groups"] == 2
    assert metrics["largest_group_items"] == 2
    assert metrics["fakes_whose_original_is_absent"] == 1
    assert metrics["files_not_indexed_by_layout"] == 4
    assert metrics["problem_outside"] == 1
    assert metrics["problem_no_metadata"] == 0


def test_metrics_of_nothing_are_an_error():
    with pytest.raises(InputError, match="no item is left"):
        index_metrics(index_rows("made", [], []), decide([], IndexParams(**DROP)), skipped=0)


def test_of_ready_made_crops_a_video_is_a_problem():
    listed = [item("a.png"), item("b.mp4"), item("c.JPG")]
    pictures, problems = pictures_alone(listed)
    assert [picture.path for picture in pictures] == ["a.png", "c.JPG"]
    assert found(problems) == [("video_among_crops", "b.mp4")]
    assert "crops: true" in problems[0].detail
