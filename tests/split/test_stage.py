"""The stage's files: the same bytes whatever else is unseen, and clear ways out."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest
import yaml

from stages.common import table
from stages.common.errors import InputError, ParamsError
from stages.common.table import KEY
from stages.common.tables.faces import FACES, HASHES, faces_path
from stages.common.tables.index import INDEX, index_path
from stages.common.tables.persons import PERSONS, PERSONS_PATH
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, SPLIT_NAMES, split_path
from stages.split.__main__ import main
from tests.support.stage_outputs import LANDMARKS


@pytest.fixture
def project(tmp_path, monkeypatch, dataset):
    """Write params.yaml and what the stage reads; datasets are name to role and group sizes."""
    monkeypatch.chdir(tmp_path)

    def write(datasets, **split):
        listed = {name: {"role": role, "layout": "dfdc"} for name, (role, _) in datasets.items()}
        section = {
            "seed": 0,
            "by": "source",
            "ratios": {"train": 2, "val": 1, "test": 1},
            "official": [],
            "same_content_two_datasets": "drop",
            "same_source_two_datasets": "drop",
            "same_picture_two_datasets": "drop",
        }
        Path("params.yaml").write_text(
            yaml.safe_dump({"datasets": listed, "split": section | split})
        )
        table.write(PERSONS_PATH, pd.DataFrame(columns=[*KEY, "track", "person"]), PERSONS)
        for name, (role, sizes) in datasets.items():
            items = dataset(sizes, name, role)
            for column in ("group", "target"):
                items[column] = items[column].str.removeprefix(f"{name}/")
            items["md5"] = [hashlib.md5(text.encode()).hexdigest() for text in items["md5"]]
            table.write(index_path(name), items.assign(kind="video"), INDEX)
            table.write(faces_path(role, name), faces(items), FACES)

    return write


def faces(items):
    """Two faces an item, but none in the first."""
    rows = items.iloc[1:].merge(pd.DataFrame({"frame": [0, 7]}), how="cross")
    seeds = rows["dataset"] + rows["item"] + rows["frame"].astype(str)
    hashes = {
        name: [hashlib.sha256(f"{name} {seed}".encode()).hexdigest() for seed in seeds]
        for name in HASHES
    }
    geometry = dict.fromkeys(["x", "y", "width", "height", "time", "confidence", "iou"], 1.0)
    crop = rows["frame"].map("{}.png".format)
    return rows.assign(track=0, seen_by="both", crop=crop, **LANDMARKS, **hashes, **geometry)


def written():
    return {name: split_path(name).read_bytes() for name in SPLIT_NAMES}


def test_unseen_data_changes_no_byte_of_the_others(project):
    project({"a": ("seen", [(1, 1)] * 12)})
    main()
    before = written()
    project({"a": ("seen", [(1, 1)] * 12), "b": ("unseen", [(1, 2)] * 3)})
    main()
    after = written()
    assert [name for name in SPLIT_NAMES if before[name] != after[name]] == ["unseen"]


def test_rows_say_label_group_and_where_the_crop_is(project):
    project({"a": ("seen", [(1, 1)] * 12), "b": ("unseen", [(1, 2)] * 3)})
    main()
    rows = pd.concat(table.read(split_path(name), SPLIT) for name in SPLIT_NAMES)
    assert len(rows) == 2 * (24 - 1 + 9 - 1)
    row = rows[(rows["dataset"] == "b") & (rows["item"] == "fake001_1")].iloc[0]
    assert row["label"] == "fake"
    assert row["group"] == "b/g001"
    assert row["archive"] == "unseen/b/crops/blend/fake001_1.zip"
    metrics = yaml.safe_load(Path("metrics/split.json").read_text())
    assert metrics["unseen_real_items_without_face"] == 1


def test_persons_in_the_table_stay_together_if_asked(project):
    project({"a": ("seen", [(1, 1)] * 24)}, by="person")
    with pytest.raises(ParamsError, match=r"split.by is person, but identify.weights names no"):
        main()
    items = table.read(index_path("a"), INDEX)
    reals = items[items["label"] == "real"]
    of_two = reals.assign(track=0, person=[number // 2 for number in range(len(reals))])
    table.write(PERSONS_PATH, of_two[[*KEY, "track", "person"]], PERSONS)
    main()
    placed = table.read(ITEMS_PATH, ITEMS).merge(items[[*KEY, "group"]], on=KEY)
    person = placed["group_y"].str.removeprefix("g").astype(int) // 2
    assert (placed.groupby(person)["split"].nunique() == 1).all()
    metrics = yaml.safe_load(Path("metrics/split.json").read_text())
    assert metrics["leak_test_items_of_learnt_persons"] == 0


def test_names_of_shared_sources_stay_the_same_over_datasets(project):
    project({"a": ("seen", [(1, 1)] * 12), "b": ("unseen", [(1, 1)])})
    for name, clip in (("a", "ffpp 005"), ("b", "ffpp 900")):
        index = table.read(index_path(name), INDEX)
        index.loc[index["group"] == f"g{5 if name == 'a' else 0:03d}", ["target"]] = clip
        table.write(index_path(name), index, INDEX)
    main()
    rows = pd.concat(table.read(split_path(name), SPLIT) for name in SPLIT_NAMES)
    assert {"a/g004", "ffpp 005", "ffpp 900"} <= set(rows["target"])
    assert set(rows["donor"]) == {""}


def test_a_crop_of_what_was_trained_on_is_dropped_where_it_is_a_picture(project):
    """The picture's frame is the crop of one of the clip's frames, encoded anew."""
    project({"a": ("seen", [(1, 1)] * 12), "b": ("unseen", [(1, 1)] * 2)})
    main()
    train = table.read(split_path("train"), SPLIT).iloc[0]
    clip = table.read(faces_path("seen", "a"), FACES).set_index(["item", "frame"])
    crop = clip.loc[(train["item"], train["frame"]), "crop_hash"]
    pictures = table.read(faces_path("unseen", "b"), FACES)
    anew = f"{int(crop[:8], 16) ^ 0xFF:08x}{crop[8:]}"  # eight of its bits differ
    pictures.loc[pictures["item"] == "fake001_1", "frame_hash"] = [anew, ""]
    table.write(faces_path("unseen", "b"), pictures, FACES)
    main()
    unseen = table.read(split_path("unseen"), SPLIT)
    assert set(unseen["item"]) == {"fake000_1", "real001_0"}
    problems = pd.read_csv("metrics/split_problems.csv")
    assert problems[["problem", "path", "detail"]].to_numpy().tolist() == [
        [
            "same_picture_two_datasets",
            "b/fake001_1.mp4",
            f"same picture as in a/{train['item']}.mp4",
        ]
    ]
    assert yaml.safe_load(Path("metrics/split.json").read_text())["items_dropped_same_picture"] == 1


def test_six_clips_are_too_few(project):
    project(
        {"clips": ("seen", [(1, 0)] * 3 + [(0, 1)] * 3)}, ratios={"train": 8, "val": 1, "test": 1}
    )
    with pytest.raises(InputError, match="10 groups with each label are needed"):
        main()


def test_an_official_dataset_that_does_not_exist_is_named(project):
    project({"a": ("seen", [(1, 1)] * 12)}, official=["celeb"])
    with pytest.raises(ParamsError, match="celeb"):
        main()


def test_every_item_is_in_the_table_of_items_with_a_face_or_without(project):
    project({"a": ("seen", [(1, 1)] * 12), "b": ("unseen", [(2, 1)] * 3)})
    main()
    items = table.read(ITEMS_PATH, ITEMS)
    assert len(items) == 24 + 9
    counts = pd.concat(
        table.read(split_path(split), SPLIT).assign(split=split) for split in SPLIT_NAMES
    ).value_counts(["dataset", "method", "item", "split"])
    with_face = items[items["faces"] > 0].set_index(["dataset", "method", "item", "split"])["faces"]
    assert with_face.sort_index().equals(counts.rename("faces").sort_index())
    # The first of each dataset shows no face: a real
    dark = items[items["faces"] == 0]
    assert dark["dataset"].tolist() == ["a", "b"]
    assert dark["group"].str.startswith(dark["dataset"].iloc[0]).iloc[0]
    assert set(dark["split"]) - {"train", "val", "test"} == {"unseen"}


def test_attributes_reach_the_table_of_items_and_no_other(project):
    """Or every model would train again because of them."""
    project({"a": ("seen", [(1, 1)] * 12), "b": ("unseen", [(1, 1)] * 3)})
    main()
    before = written()
    for name in ("a", "b"):
        index = table.read(index_path(name), INDEX)
        table.write(index_path(name), index.assign(attributes="skin=" + index["item"]), INDEX)
    main()
    assert written() == before
    items = table.read(ITEMS_PATH, ITEMS)
    assert (items["attributes"] == "skin=" + items["item"]).all()
