"""Archives of frames to rows of the detection table."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from stages.common.archive import Record, write_archive
from stages.common.errors import ItemError
from stages.common.overlap import iou
from stages.common.table import read, write
from stages.common.tables.detections import DETECTIONS
from stages.common.tables.frames import frame_name
from stages.detect.boxes import ToSearch, detect_item, detection_rows
from stages.detect.detector import detections
from tests.support.detection import FACE, PARAMS


def archive_of(path: Path, frames: dict[int, np.ndarray]) -> Path:
    members = {
        frame_name(index, ".png"): cv2.imencode(".png", frame[..., ::-1])[1].tobytes()
        for index, frame in frames.items()
    }
    write_archive(path, Record("digest"), members)
    return path


def test_rows_name_frames_by_their_index(tmp_path: Path, photograph: np.ndarray) -> None:
    blank = np.zeros_like(photograph)
    frames = {7: photograph, 19: blank, 120: photograph}
    archive = archive_of(tmp_path / "m.zip", frames)
    made = detect_item(ToSearch(archive, (7, 19, 120)), "dlib", PARAMS["dlib"])
    table = pd.DataFrame(made.rows).assign(dataset="d", method="real", item="m")
    assert table["frame"].tolist() == [7, 120]
    assert iou(table.iloc[0][["x", "y", "width", "height"]].to_numpy(float), FACE) > 0.6
    write(tmp_path / "detections.csv", table, DETECTIONS)
    assert len(read(tmp_path / "detections.csv", DETECTIONS)) == 2


def test_only_the_frames_named_are_searched(tmp_path: Path, photograph: np.ndarray) -> None:
    archive = archive_of(tmp_path / "m.zip", dict.fromkeys((2, 5, 9), photograph))
    found = detect_item(ToSearch(archive, (5,)), "dlib", PARAMS["dlib"]).rows
    assert found["frame"] == [5]
    assert detect_item(ToSearch(archive, ()), "dlib", PARAMS["dlib"]).rows == detection_rows([])


def test_more_frames_than_go_at_once(tmp_path: Path, photograph: np.ndarray) -> None:
    frames = {number: np.roll(photograph, number, axis=1) for number in range(18)}
    frames[9] = photograph[:300, :400]
    archive = archive_of(tmp_path / "m.zip", frames)
    rows = detect_item(ToSearch(archive, tuple(range(18))), "mtcnn", PARAMS["mtcnn"]).rows
    assert rows["frame"] == list(range(18))
    assert np.subtract(rows["x"], rows["x"][0])[[8, 17]] == pytest.approx([8, 17], abs=3)


@pytest.mark.end_to_end
def test_threads_of_one_process_share_a_detector(tmp_path: Path, photograph: np.ndarray) -> None:
    """As they do in the one worker of a GPU."""
    archives = [
        ToSearch(
            archive_of(tmp_path / f"{number}.zip", {0: np.roll(photograph, 20 * number, axis=1)}),
            (0,),
        )
        for number in range(6)
    ]
    params = PARAMS["mtcnn"].model_copy(update={"min_face": 0.11})
    work = partial(detect_item, detector="mtcnn", params=params)
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(work, archives))
    assert together == list(map(work, archives))


def test_an_item_with_a_broken_picture_is_skipped(tmp_path: Path) -> None:
    write_archive(tmp_path / "m.zip", Record("digest"), {"000003.png": b"no picture"})
    with pytest.raises(ItemError, match="000003"):
        detect_item(ToSearch(tmp_path / "m.zip", (3,)), "dlib", PARAMS["dlib"])


def test_faces_are_numbered_most_confident_first() -> None:
    boxes = [[0, 0, 5, 5], [9, 9, 5, 5], [3, 3, 5, 5]]
    rows = detection_rows([(4, detections(boxes, [0.5, 0.9, 0.5]))])
    assert rows["face"] == [0, 1, 2]
    assert rows["x"] == [9, 0, 3]
    assert rows["nose_x"] == [None] * 3


def test_no_face_at_all_is_a_table_without_rows(tmp_path: Path) -> None:
    rows = detection_rows([(0, detections([], []))])
    table = pd.DataFrame(rows).assign(dataset="d", method="real", item="m")
    write(tmp_path / "detections.csv", table, DETECTIONS)
    assert read(tmp_path / "detections.csv", DETECTIONS).empty


def test_numbers_are_rounded_once_for_pipeline_and_app() -> None:
    faces = detections([[1.23456, 2, 3, 4]], [0.123456])
    assert faces.boxes[0, 0] == 1.23
    assert faces.confidences[0] == 0.1235
