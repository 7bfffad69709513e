"""`python -m stages.external.export` writes faces that another program can read."""

import cv2
import pandas as pd
import pytest

from stages.common import table
from stages.common.crops import read_crops
from stages.common.tables.splits import SPLIT, split_path
from stages.external.export import main
from tests.support.scoring import make_splits


@pytest.fixture
def faces(tmp_path, monkeypatch):
    """The faces of val and test, in the current folder."""
    monkeypatch.chdir(tmp_path)
    make_splits(size=8, frames=2)
    return pd.concat([table.read(split_path(split), SPLIT) for split in ("val", "test")])


def test_every_face_is_a_picture_and_a_row(faces, tmp_path, capsys):
    main(["val", "test", "out"])
    listed = pd.read_csv(tmp_path / "out/list.csv")
    columns = ["dataset", "method", "item", "frame", "track", "label"]
    assert [*listed] == ["split", *columns, "path"]
    assert listed[columns].values.tolist() == faces[columns].values.tolist()
    assert listed["split"].unique().tolist() == ["val", "test"]
    written = [(tmp_path / "out" / path).read_bytes() for path in listed["path"]]
    assert written == read_crops(faces)
    assert cv2.imread(str(tmp_path / "out" / listed["path"][0])).shape == (8, 8, 3)
    captured = capsys.readouterr()
    assert captured.out == f"out/list.csv: {len(faces)} faces\n"
    assert f"{faces['archive'].nunique()}/{faces['archive'].nunique()}" in captured.err


def test_nothing_is_overwritten(faces, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("out", "file"):
        with pytest.raises(SystemExit, match=f"^error: {name} exists and is not empty: name a new"):
            main(["val", name])
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_what_cannot_be_read_is_one_line(faces, tmp_path):
    split_path("unseen").unlink()
    with pytest.raises(SystemExit, match=r"^error: data/split/unseen\.csv is missing: run `dvc re"):
        main(["unseen", "out"])
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit):
        main(["validation", "out"])
