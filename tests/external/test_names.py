"""Which item a path of another program is about (`stages.external.names`)."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.errors import InputError
from stages.external.names import Names, Place, with_items

FFPP = "manipulated_sequences/{}/c23/videos/000_003.mp4"
INDEX = pd.DataFrame(
    [
        ("ffpp", "Deepfakes", "000_003", FFPP.format("Deepfakes")),
        ("ffpp", "Face2Face", "000_003", FFPP.format("Face2Face")),
        ("ffpp", "real", "000", "original_sequences/youtube/c23/videos/000.mp4"),
        ("celeb_1", "real", "id0_0000", "Celeb-real/id0_0000.mp4"),
        ("celeb_2", "real", "id0_0000", "Celeb-real/videos/id0_0000.mp4"),
        ("dfdc", "fake", "aaqaifqrwn", "dfdc_train_part_0/aaqaifqrwn.mp4"),
        ("df40", "simswap", "ff/000_003/012", "DF40_train/simswap/ff/frames/000_003/012.png"),
        ("mine", "real", "a/b.c.mov", "real/a/b.c.mov"),
    ],
    columns=["dataset", "method", "item", "path"],
)
NAMES = Names(INDEX)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        # SCLBD/DeepfakeBench, preprocessing/rearrange.py
        (
            "./datasets/rgb/FaceForensics++/manipulated_sequences/Face2Face/c23/frames/000_003/7.png",
            ("ffpp", "Face2Face", "000_003", 7),
        ),
        (
            r"FaceForensics++\original_sequences\youtube\c23\frames\000\012.png",
            ("ffpp", "real", "000", 12),
        ),
        ("rgb/celeb_2/Celeb-real/frames/id0_0000/003.png", ("celeb_2", "real", "id0_0000", 3)),
        # Each picture is an item
        (
            "x/DF40_train/simswap/ff/frames/000_003/012.png",
            ("df40", "simswap", "ff/000_003/012"),
        ),
        ("aaqaifqrwn.mp4", ("dfdc", "fake", "aaqaifqrwn")),
        ("dfdc_train_part_0/aaqaifqrwn.mp4", ("dfdc", "fake", "aaqaifqrwn")),
        ("/data/real/a/b.c.mov", ("mine", "real", "a/b.c.mov")),
        # stages.external.export
        ("faces/mine/real/a/b.c.mov/000012_1.png", ("mine", "real", "a/b.c.mov", 12, 1)),
        ("faces/ffpp/Deepfakes/000_003/000000_0.jpg", ("ffpp", "Deepfakes", "000_003", 0, 0)),
    ],
)
def test_it_finds(path, place):
    assert NAMES.find(path) == Place(*place)


@pytest.mark.parametrize(
    "path",
    [
        # Another method of the same name: merging them is DeepfakeBench's own mistake
        "rgb/FaceForensics++/manipulated_sequences/FaceSwap/c23/frames/000_003/012.png",
        "rgb/FaceForensics++/manipulated_sequences/Deepfakes/c40/frames/000_003/012.png",
        "dfdc_train_part_1/aaqaifqrwn.mp4",
        "xaaqaifqrwn.mp4",
        "aqaifqrwn.mp4",
        "013.png",
        "videos.mp4",
        "/",
        "",
    ],
)
def test_it_does_not_take_another_for_it(path):
    assert NAMES.find(path) is None


@pytest.mark.parametrize(
    ("path", "items"),
    [
        ("frames/000_003/012.png", "ffpp/Deepfakes/000_003, ffpp/Face2Face/000_003"),
        ("Celeb-DF-v2/Celeb-real/frames/id0_0000/1.png", "celeb_1/real/id0_0000, celeb_2/real"),
    ],
)
def test_a_name_of_several_items_is_refused_with_the_way_out(path, items):
    rows = pd.DataFrame({"path": [path], "score": [0.5]})
    with pytest.raises(InputError, match=rf"^a\.json: .* may be any of \d items: {items}.*csv"):
        with_items(rows, INDEX, Path("a.json"))


@given(st.lists(st.text("abc/", min_size=1, max_size=5), unique=True), st.integers(0, 7))
def test_what_lies_above_never_matters(above, row):
    item = INDEX.iloc[row]
    prefix = "/".join(["", *above, ""])
    expected = Place(item["dataset"], item["method"], item["item"])
    assert NAMES.find(f"{prefix}{expected.item_name}/000003_2.png")[:3] == expected[:3]
    assert NAMES.find(f"{prefix}{item['dataset']}/{item['path']}") == expected


def test_unknown_paths_stay_as_items_of_no_dataset():
    rows = pd.DataFrame({"path": ["aaqaifqrwn.mp4", "zz/9.png"], "score": [0.5, 0.25]})
    placed = with_items(rows, INDEX, Path("a.csv"))
    assert placed["dataset"].tolist() == ["dfdc", ""]
    assert placed["item"].tolist() == ["aaqaifqrwn", "zz/9.png"]
    assert placed["score"].tolist() == [0.5, 0.25]
