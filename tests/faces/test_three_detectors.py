"""A third detector is one file and its parameters."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common.archive import Record, item_path, write_archive
from stages.common.picture import encode_png
from stages.common.table import read, write
from stages.common.tables.detections import DETECTIONS, detections_path
from stages.common.tables.faces import FACES, faces_path
from stages.common.tables.frames import FRAMES, frame_name, frame_table_path, frames_folder
from stages.common.tables.index import INDEX, index_path
from tests.support.faces import boxes_table

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.end_to_end

BRIGHT = '''"""One face where a frame is brighter than a level."""

import numpy as np

from stages.common.params import Section
from stages.detect.detector import detections

VERSIONS = ("media",)
ON_GPU = False


class Params(Section):
    """``detect.bright`` of params.yaml."""

    level: int


def make(params):
    """The detector."""

    def detect(frames):
        found = []
        for frame in frames:
            rows, columns = np.nonzero(frame[..., 0] > params.level)
            left, top = columns.min(initial=10**6), rows.min(initial=10**6)
            box = [left, top, columns.max(initial=0) - left + 1, rows.max(initial=0) - top + 1]
            found.append(detections([box], [0.5]) if len(rows) else detections([], []))
        return found

    return detect
'''
KEY = {"dataset": "d", "method": "real", "item": "m"}
PLACE = [40.0, 30.0, 60.0, 60.0]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip with a bright square in four frames; boxes of mtcnn and dlib on two of them each."""
    shutil.copytree(ROOT / "stages", tmp_path / "stages")
    shutil.copy(ROOT / "versions.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    left, top, width, height = map(int, PLACE)
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[top : top + height, left : left + width] = 200
    members = {frame_name(frame, ".png"): encode_png(picture) for frame in range(4)}
    write_archive(item_path(frames_folder("d"), "real", "m"), Record("digest"), members)
    frames = pd.DataFrame({"frame": range(4), "time": [0.0, 0.1, 0.2, 0.3]})
    write(frame_table_path("d"), frames.assign(**KEY, width=160, height=120, scale=1.0), FRAMES)
    about = {"path": "m.mp4", "kind": "video", "label": "real", "group": "m", "md5": "0" * 32}
    about |= {"target": "m", "donor": "", "original": "", "official_split": "", "attributes": ""}
    index = pd.DataFrame([KEY | about])
    write(index_path("d"), index, INDEX)
    for name, seen in {"mtcnn": (0, 1), "dlib": (1, 2)}.items():
        boxes = boxes_table([(frame, PLACE, 1.0) for frame in seen]).assign(**KEY)
        write(detections_path("d", name), boxes, DETECTIONS)
    return tmp_path


def run(*arguments: str) -> str:
    """Standard error of a command in the repository."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def set_params(**faces: object) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["detectors"] = ["mtcnn", "dlib", "bright"]
    params["detect"]["bright"] = {"level": 100}
    params["faces"]["min_confidence"]["bright"] = 0.1
    params["faces"] |= faces
    Path("params.yaml").write_text(yaml.safe_dump(params))


def test_a_third_detector_takes_one_file_and_its_parameters(repository: Path) -> None:
    set_params()
    assert "detect.bright: Extra inputs" in run("stages", "params.yaml")

    (repository / "stages/detect/detectors/bright.py").write_text(BRIGHT)
    assert run("stages", "params.yaml") == ""
    assert run("stages.code") == ""
    params = yaml.safe_load(Path("params.yaml").read_text())
    Path("params.yaml").write_text(yaml.safe_dump(params | {"detectors": ["bright"]}))
    run("stages.detect", "d")
    assert read(detections_path("d", "bright"), DETECTIONS)["frame"].tolist() == [0, 1, 2, 3]
    set_params()

    run("stages.faces", "d", "seen")
    faces = read(faces_path("seen", "d"), FACES)
    assert faces["seen_by"].tolist() == [
        "mtcnn+bright",
        "mtcnn+dlib+bright",
        "dlib+bright",
        "bright",
    ]
    metrics = json.loads(Path("metrics/faces/d.json").read_text())
    assert metrics["frame_detection_rate_bright"] == 1.0
    assert metrics["face_agreement"] == 0.75
    assert metrics["face_agreement_mtcnn_dlib"] == 0.3333

    set_params(policy="agreement")
    run("stages.faces", "d", "seen")
    assert read(faces_path("seen", "d"), FACES)["frame"].tolist() == [0, 1, 2]
