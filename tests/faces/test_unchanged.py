"""A fake of two persons, of whom one was changed, against its original."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.data import astronaut

from stages.common.archive import Record, item_path, write_archive
from stages.common.picture import encode_png
from stages.common.table import read, write
from stages.common.tables.detections import DETECTIONS, detections_path
from stages.common.tables.faces import FACES as SCHEMA
from stages.common.tables.faces import faces_path
from stages.common.tables.frames import FRAMES, frame_name, frame_table_path, frames_folder
from stages.common.tables.index import INDEX, index_path
from stages.common.tables.unchanged import UNCHANGED, unchanged_path
from stages.faces.__main__ import main
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.unchanged import change
from stages.train.recompress import recompress
from tests.support.code import add_code
from tests.support.faces import FACES, boxes_table
from tests.support.paths import ROOT

WIDTH = 320
BOXES = [np.array([180.0, 65, 88, 108]), np.array([WIDTH + 52.0, 65, 88, 108])]
PARAMS = FACES.model_copy(update={"min_change": 3.5})
COUNT = 4  # frames of a clip
pictures = arrays(np.uint8, (40, 40, 3))


@pytest.fixture(scope="module")
def clips():
    """An original of two persons, and fakes of it whose left one's mouth is another, or whose both.

    Each frame shows a face and its mirror image, moved and lit a little otherwise.
    """
    person = astronaut()[:240, :WIDTH]
    frames = []
    for number in range(COUNT):
        moved = np.roll(person, number, axis=1).astype(float) * (0.9 + 0.02 * number)
        frames.append(np.hstack([moved, moved[:, ::-1]]).astype(np.uint8))
    original = np.stack(frames)
    one = original.copy()
    for frame in one:
        mouth = frame[130:165, 205:245]
        mouth[:] = cv2.GaussianBlur(mouth[::-1], (0, 0), 2)
    both = one.copy()
    both[:, :, WIDTH:] = one[:, :, :WIDTH][:, :, ::-1]
    return {"original": original, "one": one, "both": both}


def encoded(frames, rate_factor):
    return {
        frame_name(number, ".png"): encode_png(frame)
        for number, frame in enumerate(recompress(frames, rate_factor))
    }


def faces_of(folder, fake, original, rate_factor, matched=range(COUNT)):
    """Kept and dropped faces of a fake, each clip encoded by x264 for itself."""
    for name, frames, factor in (("fake", fake, rate_factor), ("original", original, 23)):
        write_archive(folder / f"{name}.zip", Record("digest"), encoded(frames, factor))
    frames = pd.DataFrame({"frame": range(COUNT), "time": np.arange(COUNT) / 25})
    boxes = [(frame, box.tolist(), 0.99) for frame in range(COUNT) for box in BOXES]
    item = ItemInputs(
        folder / "fake.zip",
        frames,
        {"mtcnn": boxes_table(boxes)},
        folder / "original.zip",
        {frame: frame for frame in matched},
    )
    made = faces_of_item(item, PARAMS)
    rows = pd.DataFrame(made.rows)
    assert set(rows.loc[rows["kept"], "crop"]) == set(made.members)
    return rows[rows["kept"]], rows[rows["change"].notna()]


@pytest.mark.parametrize("rate_factor", [18, 23, 28])
def test_the_person_left_unchanged_is_dropped_however_the_fake_is_encoded(
    clips, tmp_path, rate_factor
):
    kept, dropped = faces_of(tmp_path, clips["one"], clips["original"], rate_factor)
    assert len(kept) == len(dropped) == COUNT
    assert (kept["x"] < WIDTH).all()
    assert (dropped["x"] > WIDTH).all()
    assert (dropped["change"] < 3.5).all()


def test_where_both_persons_were_changed_both_are_kept(clips, tmp_path):
    kept, dropped = faces_of(tmp_path, clips["both"], clips["original"], 23)
    assert (len(kept), len(dropped)) == (2 * COUNT, 0)


def test_of_a_fake_that_seems_unchanged_the_track_that_differs_most_is_kept(clips, tmp_path):
    kept, dropped = faces_of(tmp_path, clips["original"], clips["original"], 28)
    assert (kept["track"].nunique(), dropped["track"].nunique()) == (1, 1)


def test_without_enough_frames_of_the_original_nothing_is_dropped(clips, tmp_path):
    kept, dropped = faces_of(tmp_path, clips["one"], clips["original"], 23, matched=[0])
    assert (len(kept), len(dropped)) == (2 * COUNT, 0)


@given(pictures, pictures, st.integers(0, 20), st.integers(1, 40))
def test_change_is_symmetric_and_nothing_between_equals(first, second, left, side):
    box = np.array([left, left, side, side], float)
    assert change(first, first, box) == 0
    assert 0 <= change(first, second, box) == change(second, first, box) <= 255


def test_a_box_beyond_the_frame_is_no_equal(clips):
    frame = clips["original"][0]
    assert change(frame, frame, np.array([-50.0, 0, 40, 40])) == np.inf


@pytest.mark.end_to_end
def test_the_stage_counts_and_names_what_it_drops(clips, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frames, boxes, index = [], [], []
    for method, item, name in (("real", "a", "original"), ("fake", "b", "one")):
        key = {"dataset": "d", "method": method, "item": item}
        members = encoded(clips[name], 23)
        write_archive(item_path(frames_folder("d"), method, item), Record(item), members)
        stored = {"frame": range(COUNT), "time": np.arange(COUNT) / 25}
        frames.append(pd.DataFrame(stored).assign(**key, width=2 * WIDTH, height=240, scale=1.0))
        found = [(frame, box.tolist(), 0.99) for frame in range(COUNT) for box in BOXES]
        boxes.append(boxes_table(found).assign(**key))
        about = {"path": f"{item}.mp4", "kind": "video", "group": "a", "md5": "0" * 32}
        about |= {"target": "a", "donor": "", "official_split": "", "attributes": ""}
        original = "a" if method == "fake" else ""
        index.append(key | about | {"label": method, "original": original})
    write(frame_table_path("d"), pd.concat(frames), FRAMES)
    write(detections_path("d", "mtcnn"), pd.concat(boxes), DETECTIONS)
    write(index_path("d"), pd.DataFrame(index), INDEX)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    add_code(tmp_path)
    for min_change, dropped in ((0.0, 0), (3.5, 1)):
        params["faces"]["min_change"] = min_change
        Path("params.yaml").write_text(yaml.safe_dump(params | {"detectors": ["mtcnn"]}))
        main("d", "seen")
        metrics = json.loads(Path("metrics/faces/d.json").read_text())
        assert metrics["tracks_unchanged"] == metrics["items_with_unchanged_tracks"] == dropped
        assert metrics["tracks"] == 4 - dropped
        assert len(read(faces_path("seen", "d"), SCHEMA)) == (4 - dropped) * COUNT
        named = read(unchanged_path("d"), UNCHANGED)
        assert named["item"].tolist() == ["b"] * dropped
        assert (named["faces"] == COUNT).all()
