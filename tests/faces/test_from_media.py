"""Faces found without stored frames, against those by way of the archives of frames."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml
from skimage.data import astronaut

from stages.common.archive import Record, read_members, write_archive
from stages.common.errors import ParamsError
from stages.common.params import load
from stages.common.table import KEY, read, write
from stages.common.tables.detections import DETECTIONS
from stages.common.tables.faces import FACES, faces_path
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.frames import FRAMES
from stages.detect import boxes
from stages.detect.__main__ import main as detect
from stages.detect.boxes import ToSearch, detect_item
from stages.detect.detector import detections
from stages.detect.params import DetectParams
from stages.detect.sure import sure_frames
from stages.faces.__main__ import main as faces
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.from_media import faces_of_media
from stages.faces.preprocessing import load_preprocessing
from stages.frames.__main__ import main as frames
from stages.frames.extract import extract
from tests.support.code import add_code
from tests.support.media import pictures, write_clip
from tests.support.paths import ROOT
from tests.support.stage_outputs import write_index

RAW, CROPS = Path("data/raw/d"), Path("data/faces/seen/d/crops")
COUNT = 12


def moving(seed=0):
    """A face that moves: uint8 of shape (COUNT, 240, 320, 3)."""
    portrait = astronaut()[20:260, 60:380]
    return np.stack([np.roll(portrait, seed + 2 * number, axis=1) for number in range(COUNT)])


def write_media():
    """Clips of each kind that the decoder treats in a way of its own, and two that have no face."""
    RAW.mkdir(parents=True)
    shown = moving()
    write_clip(RAW / "plain.mp4", shown)
    turned = np.ascontiguousarray(np.rot90(shown, axes=(1, 2)))
    write_clip(RAW / "turned.mp4", turned, rotation=-90)
    write_clip(
        RAW / "vfr.mkv", shown, ticks=[0, 33, 50, 117, 150, 151, 290, 333, 400, 512, 600, 777]
    )
    write_clip(RAW / "wide.mp4", shown[:, :, ::2], aspect="2:1")
    cv2.imwrite(str(RAW / "still.png"), shown[0][..., ::-1])
    (RAW / "folder").mkdir()
    for number in range(3):
        cv2.imwrite(str(RAW / f"folder/{7 + 3 * number:03}.png"), shown[number][..., ::-1])
    half = [*shown[:6], *pictures(6, 320, 240)]
    write_clip(RAW / "half.mp4", half)
    write_clip(RAW / "nobody.mp4", pictures(4, 320, 240))
    (RAW / "broken.mp4").write_bytes((RAW / "plain.mp4").read_bytes()[:5000])


def list_media():
    paths = {path.stem: path.name for path in sorted(RAW.iterdir())}
    write_index("d", {item: (path, f"{hash_of(path)}") for item, path in paths.items()})


def hash_of(path):
    return f"{sum(path.encode()):032x}"


def set_params(store, **changes):
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    for section in ("frames", "detect", "faces"):
        params[section]["max_failed_fraction"] = 0.5
    params["frames"] |= {"store": store, "max_frames": 5}
    params["detect"] |= {"second": "misses"}
    params["detectors"] = ["dlib"]
    for key, value in changes.items():
        section, name = key.split("__")
        params[section][name] = value
    Path("params.yaml").write_text(yaml.safe_dump(params))


def run_stages():
    frames("d")
    detect("d")
    faces("d", "seen")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The folder of a repository with stored frames, and of one without."""
    folders = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MACHINE_WORKERS", "1")
        for store in (True, False):
            folders[store] = folder = tmp_path_factory.mktemp(f"store_{store}")
            patch.chdir(folder)
            add_code(folder)
            if store:
                write_media()
            else:
                shutil.copytree(folders[True] / RAW, RAW)
            list_media()
            set_params(store)
            run_stages()
    return folders


@pytest.mark.end_to_end
def test_an_item_gives_the_same_rows_and_crops_to_the_byte(tmp_path, monkeypatch):
    """Two detectors, of which the second one searches what the first was not sure of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(boxes, "load_detector", detector_by_content)
    write_media()
    set_params(store=False)
    section = load("detect", DetectParams)
    detectors = {name: section.of(name) for name in ("mtcnn", "dlib")}
    steps = replace(load_preprocessing(), detectors=detectors)
    seen = set()
    for path in sorted(RAW.iterdir()):
        if path.name == "broken.mp4":
            continue
        stored, unstored = by_way_of_archives(path, steps), faces_of_media(path, RAW, steps)
        assert unstored.members == stored.members, path
        rows, others = pd.DataFrame(stored.rows), pd.DataFrame(unstored.rows)
        assert set(others["frame"]) == {
            int(Path(name).stem) for name in extract(path, RAW, steps.frames).members
        }
        seen |= set(others["seen_by"])
        others = others[others["seen_by"] != ""]
        assert json.dumps(others.to_dict("list")) == json.dumps(rows.to_dict("list")), path
    assert seen == {"mtcnn", "dlib", ""}


def detector_by_content(name, params):
    """Return a detector that the pixels make sure, doubtful or blind."""

    def detect(frames):
        found = []
        for frame in frames:
            height, width = frame.shape[:2]
            content = int(frame.sum())
            box = [width / 3 + content % 7 / 3, height / 3, height / 3, height / 3]
            confidence = [0.95, 0.5, 0.0][content % 3] if name == "mtcnn" else content % 2
            points = np.linspace(box[:2], [width / 2, height / 2], 5)[None]
            some = confidence > 0
            found.append(
                detections([box] * some, [confidence] * some, np.repeat(points, some, axis=0))
            )
        return found

    return detect


def by_way_of_archives(path, steps):
    """Return what the stages frames, detect and faces make of an item."""
    made = extract(path, RAW, steps.frames)
    archive, about = Path("frames.zip"), dict.fromkeys(KEY, "a")
    write_archive(archive, Record("", rows=made.rows), made.members)
    tables = {}
    for name, schema in ({"frames": FRAMES} | dict.fromkeys(steps.detectors, DETECTIONS)).items():
        rows = made.rows
        if name in steps.detectors:
            searched = tables["frames"][
                ~sure_frames(tables["frames"], boxes_of(tables), steps.faces.min_confidence)
            ]["frame"]
            rows = detect_item(ToSearch(archive, tuple(searched)), name, steps.detectors[name]).rows
        write(Path(f"{name}.csv"), pd.DataFrame(rows).assign(**about), schema)
        tables[name] = read(Path(f"{name}.csv"), schema).drop(columns=KEY)
    item = ItemInputs(archive, tables["frames"], boxes_of(tables))
    return faces_of_item(item, steps.faces, steps.frames.clip)


def boxes_of(tables):
    return {name: table for name, table in tables.items() if name != "frames"}


@pytest.mark.end_to_end
def test_the_table_of_faces_is_the_same_to_the_byte(both):
    tables = [(both[store] / "data/faces/seen/d/faces.csv").read_bytes() for store in (True, False)]
    assert tables[0] == tables[1]
    found = pd.read_csv(both[True] / "data/faces/seen/d/faces.csv")
    assert set(found["item"]) == {"plain", "turned", "vfr", "wide", "still", "folder", "half"}
    for path in (both[True] / CROPS).rglob("*.zip"):
        other = both[False] / path.relative_to(both[True])
        assert read_members(other) == read_members(path), path


@pytest.mark.end_to_end
def test_nothing_but_crops_is_left(both):
    folder = both[False]
    archives = {path.relative_to(folder).parts[:2] for path in folder.glob("data/**/*.zip")}
    assert archives == {("data", "faces")}
    assert not list((folder / ".work").rglob("*.zip"))
    assert not list((folder / ".work").rglob("tmp*"))


@pytest.mark.end_to_end
def test_a_bad_item_is_a_failure_of_faces_and_the_metrics_are_equal(both, monkeypatch):
    failures = {}
    metrics = {}
    for store in (True, False):
        monkeypatch.chdir(both[store])
        stage = "frames" if store else "faces"
        failures[store] = read(failures_path(stage, "d"), FAILURES)
        metrics[store] = json.loads(Path("metrics/faces/d.json").read_text())
    assert failures[False].equals(failures[True])
    assert failures[False]["item"].tolist() == ["broken"]
    assert metrics[False] == metrics[True] | {"items_failed": 1}
    assert metrics[False]["items"] == 8
    assert json.loads(Path("metrics/frames/d.json").read_text())["items"] == 0


@pytest.mark.end_to_end
@pytest.mark.parametrize("store", [True, False])
def test_nothing_but_bad_items_gives_empty_tables(tmp_path, monkeypatch, store):
    monkeypatch.setenv("MACHINE_WORKERS", "1")
    monkeypatch.chdir(tmp_path)
    add_code(tmp_path)
    RAW.mkdir(parents=True)
    (RAW / "broken.mp4").write_bytes(b"no video")
    list_media()
    set_params(store, **{f"{stage}__max_failed_fraction": 1.0 for stage in ("frames", "faces")})
    run_stages()
    assert read(faces_path("seen", "d"), FACES).empty
    assert json.loads(Path("metrics/faces/d.json").read_text())["faces"] == 0
    assert read(failures_path("frames" if store else "faces", "d"), FAILURES).shape[0] == 1


@pytest.mark.end_to_end
def test_one_item_more_costs_one_item(both, monkeypatch, capsys):
    monkeypatch.setenv("MACHINE_WORKERS", "1")
    monkeypatch.chdir(both[False])
    before = {path: path.stat().st_mtime_ns for path in CROPS.rglob("*.zip")}
    write_clip(RAW / "more.mp4", moving(seed=9))
    list_media()
    run_stages()
    assert "faces d: 1 to work on, 9 reused" in capsys.readouterr().err
    after = {path: path.stat().st_mtime_ns for path in CROPS.rglob("*.zip")}
    assert before.items() < after.items()
    assert {path.stem for path in after.keys() - before.keys()} == {"more"}


@pytest.mark.end_to_end
def test_a_killed_run_goes_on_where_it_was_and_leaves_no_frames(both, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    add_code(tmp_path)
    shutil.copytree(both[True] / RAW, RAW)
    list_media()
    set_params(store=False)
    frames("d")
    detect("d")
    command = [sys.executable, "-m", "stages.faces", "d", "seen"]
    environment = os.environ | {"MACHINE_WORKERS": "1"}
    killed = subprocess.Popen(command, env=environment, start_new_session=True)
    while not list(CROPS.rglob("*.zip")):
        assert killed.poll() is None
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    done = {path: path.stat().st_mtime_ns for path in CROPS.rglob("[!.]*.zip")}
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert f"{len(done)} reused" in again.stderr
    assert all(path.stat().st_mtime_ns == written for path, written in done.items())
    table = Path("data/faces/seen/d/faces.csv").read_bytes()
    assert table == (both[True] / "data/faces/seen/d/faces.csv").read_bytes()
    assert not list(Path(".work").rglob("frames.zip"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"detect__from_original": True}, "detect.from_original"),
        ({"faces__min_change": 3.5}, "faces.min_change"),
    ],
)
def test_what_needs_stored_frames_is_refused_at_once(tmp_path, monkeypatch, change, named):
    monkeypatch.chdir(tmp_path)
    add_code(tmp_path)
    RAW.mkdir(parents=True)
    write_index("d", {"a": ("a.mp4", "0" * 32)})
    set_params(store=False, **change)
    with pytest.raises(
        ParamsError, match=f"^{named} compares the stored frames .* to true, or {named} to"
    ):
        faces("d", "seen")
