"""One item's faces, and their crops."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from stages.common.archive import Record, write_archive
from stages.common.clips import ClipParams
from stages.common.errors import ItemError
from stages.common.items import ItemResult
from stages.common.table import read, write
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.common.tables.faces import FACES as SCHEMA
from stages.common.tables.faces import landmarks_of
from stages.common.tables.frames import frame_name
from stages.faces.clips import find_clips, starts
from stages.faces.crop import cut_out
from stages.faces.find import ItemInputs, faces_of_item, find_faces
from stages.faces.merge import BOX
from stages.faces.params import Crop
from tests.support.faces import FACES, boxes_table, predicted, write_predictor

FRAMES = pd.DataFrame({"frame": [0, 10, 20, 30], "time": [0.0, 0.4, 0.8, 1.2]})
PLACES = [*BOX, *LANDMARK_COLUMNS]
PERSON, OTHER, ERROR = [30.0, 20, 30, 40], [100.0, 30, 28, 36], [10.0, 80, 20, 20]


@pytest.fixture
def item(tmp_path: Path) -> ItemInputs:
    rng = np.random.default_rng(0)
    members = {
        frame_name(frame, ".png"): cv2.imencode(
            ".png", rng.integers(0, 256, (120, 160, 3), np.uint8)
        )[1].tobytes()
        for frame in FRAMES["frame"]
    }
    write_archive(tmp_path / "m.zip", Record("digest"), members)
    mtcnn = [(frame, PERSON, 0.99) for frame in (0, 10, 20, 30)]
    mtcnn += [(frame, OTHER, 0.95) for frame in (10, 20)] + [(0, OTHER, 0.5), (20, ERROR, 0.99)]
    dlib = [(frame, [28.0, 26, 34, 34], 1.0) for frame in (0, 20)]
    return ItemInputs(
        tmp_path / "m.zip", FRAMES, {"mtcnn": boxes_table(mtcnn), "dlib": boxes_table(dlib)}
    )


def test_tracks_confidence_and_agreement_decide(item: ItemInputs) -> None:
    found = find_faces(item.frames, item.detections, FACES)
    kept = found[found["kept"]]
    assert kept["track"].value_counts().to_dict() == {0: 4, 1: 2}
    assert kept.loc[kept["track"] == 0, "seen_by"].tolist() == ["both", "mtcnn", "both", "mtcnn"]
    assert kept.loc[kept["track"] == 1, "time"].tolist() == [0.4, 0.8]
    dropped = found[~found["kept"]]
    assert dropped[["x", "track", "crop"]].to_numpy().tolist() == [[10.0, -1, ""]]


def test_made_items_follow_the_face_table(item: ItemInputs, tmp_path: Path) -> None:
    made = faces_of_item(item, FACES)
    table = pd.DataFrame(made.rows).assign(dataset="d", method="real", item="m")
    write(tmp_path / "faces.csv", table[table["kept"]], SCHEMA)
    faces = read(tmp_path / "faces.csv", SCHEMA)
    assert set(faces["crop"]) == set(made.members)
    assert set(faces["landmarks_from"]) == {"box"}
    assert len(made.members) == 6


@pytest.mark.parametrize("align", [False, True])
def test_landmarks_are_those_of_the_crop(item: ItemInputs, tmp_path: Path, align: bool) -> None:
    """A point of the frame that a detector or predictor names shows the same pixels in the crop."""
    params = FACES.model_copy(update={"crop": Crop(scale=1.3, align=align), "policy": "mtcnn"})
    points = (np.array([[40, 32], [50, 32], [45, 38], [41, 44], [49, 44.0]]) - 10).ravel()
    item.detections["mtcnn"][LANDMARK_COLUMNS] = points
    frame = np.zeros((120, 160, 3), np.uint8)
    for x, y in points.reshape(-1, 2):
        cv2.circle(frame, (int(x), int(y)), 1, (255, 255, 255), -1)
    names = [frame_name(number, ".png") for number in FRAMES["frame"]]
    picture = cv2.imencode(".png", frame)[1].tobytes()
    write_archive(item.archive, Record("digest"), dict.fromkeys(names, picture))
    made = faces_of_item(item, params)
    name, text, source = (made.rows[key][0] for key in ("crop", "landmarks", "landmarks_from"))
    crop = cv2.imdecode(np.frombuffer(made.members[name], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert source == "detector"
    for x, y in landmarks_of(text).astype(int):
        assert crop[y, x] > 128

    made = faces_of_item(
        item, params.model_copy(update={"landmarks": write_predictor(tmp_path / "68.dat")})
    )
    assert made.rows["landmarks_from"][0] == "predictor"
    if not align:
        side = len(crop)
        expected = predicted(np.array([side / 2 - 15, side / 2 - 20, 30, 40]))
        np.testing.assert_allclose(landmarks_of(made.rows["landmarks"][0]), expected, atol=2)


def test_crops_do_not_depend_on_the_order_of_boxes(item: ItemInputs) -> None:
    rng = np.random.default_rng(1)
    shuffled = ItemInputs(
        item.archive,
        item.frames.sample(frac=1, random_state=3),
        {name: table.iloc[rng.permutation(len(table))] for name, table in item.detections.items()},
    )
    assert faces_of_item(shuffled, FACES) == faces_of_item(item, FACES)


def stored(made: ItemResult, name: str) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(made.members[name], np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    return picture


def pixels() -> list[np.ndarray]:
    """The frames of `item`, RGB."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (120, 160, 3), np.uint8)[..., ::-1] for _ in FRAMES["frame"]]


def test_a_crop_has_the_pixels_of_its_frame(item: ItemInputs) -> None:
    made = faces_of_item(item, FACES)
    found = find_faces(item.frames, item.detections, FACES)
    of_frame = found[found["kept"] & (found["frame"] == 10)]
    assert len(of_frame) == 2
    for name, box in zip(of_frame["crop"], of_frame[BOX].to_numpy(float), strict=True):
        crop = cut_out(pixels()[1], box, np.full((5, 2), np.nan), FACES.crop)
        np.testing.assert_array_equal(stored(made, name), crop)


def test_a_clip_shows_its_frames_at_the_mean_of_their_boxes(
    item: ItemInputs, tmp_path: Path
) -> None:
    """Of two persons one is seen in too few frames."""
    boxes = np.array([PERSON, [34, 20, 30, 40], [38, 20, 30, 40], [42, 24, 30, 40]])
    mtcnn = [(10 * row, box, 0.99) for row, box in enumerate(boxes.tolist())]
    mtcnn += [(frame, OTHER, 0.95) for frame in (0, 10, 20)]
    item = replace(item, detections={"mtcnn": boxes_table(mtcnn)})
    made = faces_of_item(item, FACES, ClipParams(frames=4, stride=10))
    table = pd.DataFrame(made.rows).assign(dataset="d", method="real", item="m")
    write(tmp_path / "faces.csv", table[table["kept"]], SCHEMA)
    (row,) = read(tmp_path / "faces.csv", SCHEMA).itertuples()
    assert (row.frame, row.track, row.x, row.y) == (0, 0, 36, 21)
    assert list(made.members) == [row.crop]
    mean = boxes.mean(axis=0)
    unknown = np.full((5, 2), np.nan)
    frames = [cut_out(picture, mean, unknown, FACES.crop) for picture in pixels()]
    side = len(frames[0])
    shown = stored(made, row.crop)
    for place, frame in zip([(0, 0), (0, 1), (1, 0), (1, 1)], frames, strict=True):
        top, left = side * place[0], side * place[1]
        np.testing.assert_array_equal(shown[top : top + side, left : left + side], frame)
    assert landmarks_of(row.landmarks).max() < side
    assert row.frame_hash
    assert row.crop_hash


def clips_of(frames: list[int], count: int, stride: int) -> list[list[int]]:
    faces = pd.DataFrame({"frame": frames, "track": 0, **dict.fromkeys(PLACES, 1.0)})
    clips = find_clips(faces, ClipParams(frames=count, stride=stride))
    assert set(starts(clips).index) == set(clips["clip"])
    return [of_clip["frame"].tolist() for _, of_clip in clips.groupby("clip")]


def test_clips_share_no_frame_and_have_no_gap() -> None:
    assert clips_of([*range(10)], 4, 1) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert clips_of([*range(10)], 4, 2) == [[0, 2, 4, 6], [1, 3, 5, 7]]
    assert clips_of([0, 1, 3, 4, 5, 6, 20, 21, 22, 23], 4, 1) == [[3, 4, 5, 6], [20, 21, 22, 23]]
    assert clips_of([0, 1, 2], 4, 1) == []
    assert clips_of([5, 0], 1, 7) == [[5], [0]]


@pytest.mark.parametrize("policy", ["mtcnn", "dlib", "union", "agreement"])
def test_an_item_without_any_face(item: ItemInputs, policy: str) -> None:
    empty = ItemInputs(item.archive, FRAMES, {name: boxes_table([]) for name in item.detections})
    made = faces_of_item(empty, FACES.model_copy(update={"policy": policy}))
    assert made.members == {}
    assert all(values == [] for values in made.rows.values())


def test_an_item_with_a_broken_frame_is_skipped(item: ItemInputs) -> None:
    members = {frame_name(frame, ".png"): b"none" for frame in FRAMES["frame"]}
    write_archive(item.archive, Record("digest"), members)
    with pytest.raises(ItemError, match="0"):
        faces_of_item(item, FACES)
