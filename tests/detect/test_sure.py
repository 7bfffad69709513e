"""Frames that a later detector need not search, and the stage that leaves them out."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common.archive import Record, item_path, write_archive
from stages.common.picture import encode_png
from stages.common.table import KEY, read, write
from stages.common.tables.detections import DETECTIONS, boxes_root, detections_path
from stages.common.tables.frames import FRAMES, frame_name, frame_table_path, frames_folder
from stages.detect.__main__ import main
from stages.detect.sure import sure_frames
from tests.support.code import add_code
from tests.support.detection import PARAMS

FRAMES_OF_ITEM = pd.DataFrame({"frame": [0, 4, 8, 12]})
LEAST = {"mtcnn": 0.9, "dlib": 0.2}


def boxes(*found: tuple[int, float]) -> pd.DataFrame:
    """Frame and confidence of each box."""
    return pd.DataFrame(found, columns=["frame", "confidence"]).astype({"confidence": float})


def test_a_detector_is_sure_where_it_found_a_face_and_no_doubtful_box() -> None:
    found = {"mtcnn": boxes((0, 0.9), (4, 0.89), (8, 0.99), (8, 0.85))}
    assert sure_frames(FRAMES_OF_ITEM, found, LEAST).tolist() == [True, False, False, False]


def test_one_sure_detector_of_several_is_enough() -> None:
    found = {"mtcnn": boxes((0, 0.5), (4, 0.95)), "dlib": boxes((0, 0.2), (4, 0.1), (8, 0.1))}
    assert sure_frames(FRAMES_OF_ITEM, found, LEAST).tolist() == [True, True, False, False]


def test_before_the_first_detector_nothing_is_sure() -> None:
    assert not sure_frames(FRAMES_OF_ITEM, {}, LEAST).any()
    assert not sure_frames(FRAMES_OF_ITEM, {"mtcnn": boxes()}, LEAST).any()


def test_equal_frames_of_two_items_are_told_apart() -> None:
    frames = pd.DataFrame({"dataset": "d", "method": ["real", "swap"], "item": "m", "frame": 0})
    found = {"mtcnn": frames[:1].assign(confidence=1.0)}
    assert sure_frames(frames, found, LEAST).tolist() == [True, False]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photograph: np.ndarray) -> None:
    """An item with a face that both find, and one whose first frame shows none."""
    add_code(tmp_path)
    monkeypatch.chdir(tmp_path)
    pictures = {"face": [photograph] * 2, "blank": [np.zeros_like(photograph), photograph]}
    rows = []
    for item, shown in pictures.items():
        members = {frame_name(number, ".png"): encode_png(of) for number, of in enumerate(shown)}
        write_archive(item_path(frames_folder("d"), "real", item), Record(item), members)
        rows += [["d", "real", item, number, 0.1 * number, 512, 512, 1.0] for number in (0, 1)]
    columns = [*KEY, "frame", "time", "width", "height", "scale"]
    write(frame_table_path("d"), pd.DataFrame(rows, columns=columns), FRAMES)
    set_params()


def set_params(second: str = "misses", detectors: tuple[str, ...] = ("mtcnn", "dlib")) -> None:
    section = {"second": second, "from_original": False, "max_failed_fraction": 0.0}
    section |= {name: PARAMS[name].model_dump() for name in ("mtcnn", "dlib")}
    params = {"detect": section, "detectors": [*detectors], "faces": {"min_confidence": LEAST}}
    Path("params.yaml").write_text(yaml.safe_dump(params))


def found_by(detector: str) -> list[tuple[str, int]]:
    table = read(detections_path("d", detector), DETECTIONS)
    return list(table[["item", "frame"]].itertuples(index=False, name=None))


@pytest.mark.end_to_end
def test_a_later_detector_searches_what_the_first_missed(
    repository: None, capsys: pytest.CaptureFixture[str]
) -> None:
    main("d")
    assert found_by("mtcnn") == [("blank", 1), ("face", 0), ("face", 1)]
    assert found_by("dlib") == []
    metrics = json.loads(Path("metrics/detect/d.json").read_text())
    assert metrics["frames_searched_mtcnn"] == 4
    assert metrics["frames_searched_dlib"] == 1
    assert metrics["items_failed_dlib"] == 0

    capsys.readouterr()
    set_params("always")
    main("d")
    assert found_by("dlib") == [("blank", 1), ("face", 0), ("face", 1)]
    messages = capsys.readouterr().err
    assert "detect d dlib: 2 to work on, 0 reused" in messages
    assert "detect d mtcnn" not in messages

    set_params(detectors=("mtcnn",))
    main("d")
    assert [folder.name for folder in boxes_root("d").iterdir()] == ["mtcnn"]


@pytest.mark.end_to_end
def test_a_new_detector_is_all_that_runs(
    repository: None, capsys: pytest.CaptureFixture[str]
) -> None:
    set_params(detectors=("mtcnn",))
    main("d")
    capsys.readouterr()
    set_params("always")
    main("d")
    assert "mtcnn" not in capsys.readouterr().err
