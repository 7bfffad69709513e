"""What `stages.external` reads: every format, and what is wrong with a file."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.errors import InputError, ParamsError
from stages.common.table import KEY
from stages.external.formats import FORMATS, read_file
from stages.external.names import with_items
from tests.support.external import FOUR, WRITERS, index_of


@pytest.fixture
def file(tmp_path):
    return tmp_path / "scores"


def test_every_format_has_a_writer():
    assert WRITERS.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_contract(name, file):
    WRITERS[name](FOUR, file)
    rows = read_file(file, name)
    assert rows["score"].dtype == np.float64
    if "path" in rows:
        rows = with_items(rows, index_of(FOUR), file)
    assert not rows.duplicated([*KEY, *({"frame", "track"} & set(rows))]).any()
    expected = FOUR.set_index(KEY)["score"].sort_index()
    pd.testing.assert_series_equal(rows.groupby(KEY)["score"].mean(), expected)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "content",
    [b"", b"a,b\n1,2\n", b'{"a": 1}', b"\xff\xfe\x00", pickle.dumps({"a": [1, 2]}), b"[]"],
    ids=["empty", "columns", "object", "bytes", "pickle", "array"],
)
def test_another_file_is_refused_by_name(name, content, file):
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"^\S*scores(:| cannot be read)"):
        read_file(file, name)


@pytest.mark.parametrize("name", FORMATS)
def test_an_absent_file_is_refused_by_name(name, file):
    with pytest.raises(InputError, match=r"scores.* No such file"):
        read_file(file, name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_without_scores_is_refused(name, file):
    WRITERS[name](FOUR.iloc[:0], file)
    with pytest.raises(InputError, match="holds no scores"):
        read_file(file, name)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_refused_with_its_place(name, score, file):
    WRITERS[name](FOUR.assign(score=[0.25, 0.5, 0.5, score]), file)
    with pytest.raises(InputError, match=r"score \S+ of .*three.* is not a number; leave out"):
        read_file(file, name)


def test_an_unknown_format_is_named_beside_those_that_are(file):
    with pytest.raises(ParamsError, match="unknown format 'npy'; known are csv, deepfakebench"):
        read_file(file, "npy")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_any_real_number_is_read_as_it_is(tmp_path_factory, numbers):
    file = tmp_path_factory.mktemp("file") / "scores"
    rows = pd.DataFrame({"path": [f"{place}.mp4" for place in range(len(numbers))]})
    rows.assign(score=numbers).to_csv(file, index=False)
    np.testing.assert_allclose(read_file(file, "csv")["score"], numbers, rtol=1e-12)


def test_frames_and_tracks_are_whole_or_left_out(file):
    head = f"{','.join(KEY)},frame,track,score\n"
    file.write_text(f"{head}a,real,NA,3,0,1\na,real,NA,4.0,,2\na,real,b,,,3\n")
    rows = read_file(file, "csv")
    assert rows["item"].tolist() == ["NA", "NA", "b"]
    assert rows["frame"].tolist() == [3, 4, pd.NA]
    assert rows["track"].tolist() == [0, pd.NA, pd.NA]
    file.write_text(f"{head}a,real,x,first,0,1\na,real,y,1.5,0,1\n")
    with pytest.raises(InputError, match=r"frame 'first' of a, real, x is not a whole .*\(2 such"):
        read_file(file, "csv")


@pytest.mark.parametrize("rows", ["x.mp4,1,2\n", "x.mp4,1\ny,z.mp4,2\n"])
def test_a_row_of_too_many_cells_is_refused(rows, file):
    file.write_text(f"path,score\n{rows}")
    with pytest.raises(InputError, match="cannot be read as CSV"):
        read_file(file, "csv")


def test_a_row_of_too_few_cells_has_no_score(file):
    file.write_text("path,score\nx.mp4,1\ny.mp4\n")
    with pytest.raises(InputError, match=r"score '' of y\.mp4 is not a number"):
        read_file(file, "csv")


def test_a_byte_order_mark_and_a_missing_line_break_do_not_matter(file):
    file.write_bytes("\ufeffpath,score\nx.mp4,1".encode())
    assert read_file(file, "csv").to_dict("records") == [{"path": "x.mp4", "score": 1.0}]


def test_clips_of_deepfakebench_are_named_by_their_first_picture(file):
    clips = [["v/frames/a/000.png", "v/frames/a/001.png"], ["v/frames/a/008.png"]]
    file.write_text(json.dumps({"FF-DF": {"image": clips, "pred": [0.1, 0.2]}}))
    rows = read_file(file, "deepfakebench")
    assert rows["path"].tolist() == ["v/frames/a/000.png", "v/frames/a/008.png"]


def test_paths_and_predictions_of_deepfakebench_must_be_as_many(file):
    file.write_text(json.dumps({"FF-DF": {"image": ["a/0.png", "a/1.png"], "pred": [0.1]}}))
    with pytest.raises(InputError, match="FF-DF has 2 paths in image and 1 numbers in pred"):
        read_file(file, "deepfakebench")
