"""Ready-made crops: each picture is one face, with just the pixels it has."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.archive import item_path, read_members
from stages.common.decode import decode
from stages.common.errors import ItemError
from stages.common.picture import decode_stored
from stages.common.table import read, write
from stages.common.tables.detections import DETECTIONS, detections_path
from stages.common.tables.faces import FACES, crops_folder, faces_path, landmarks_of
from stages.common.tables.failures import FAILURES, failures_path
from stages.common.tables.index import INDEX, index_path
from stages.faces.landmarks import in_box
from stages.faces.params import NO_PREDICTOR
from stages.faces.ready_made import take
from stages.profiles import profile
from tests.support.code import add_code
from tests.support.faces import FACES as PARAMS
from tests.support.faces import predicted, write_predictor
from tests.support.paths import ROOT
from tests.support.stage_outputs import FRAMES_PARAMS

PIXELS = 10_000


def taken(*paths, root=None, landmarks=NO_PREDICTOR):
    limits = {"max_pixels": PIXELS, "max_seconds": 60}
    items = [[(0, path)] for path in paths]
    return list(take(items, root or paths[0].parent, **limits, landmarks=landmarks))


def stored(result):
    (png,) = result.members.values()
    return decode_stored(png)


@pytest.fixture
def picture(tmp_path, pictures):
    """Write a made picture, by its name's suffix; return path and RGB pixels."""

    def make(name="a.png", width=40, height=40, seed=0):
        pixels = pictures(1, width, height, seed)[0]
        cv2.imwrite(str(tmp_path / name), pixels[..., ::-1])
        return tmp_path / name, pixels

    return make


def test_a_face_is_the_whole_picture(picture):
    path, pixels = picture(width=40, height=30)
    (result,) = taken(path)
    row = {name: values[0] for name, values in result.rows.items()}
    assert [row[name] for name in ("x", "y", "width", "height")] == [0, 0, 40, 30]
    assert (row["frame"], row["track"], row["seen_by"], row["iou"]) == (0, 0, "given", None)
    assert list(result.members) == [row["crop"]]
    assert np.array_equal(stored(result), pixels)


def test_landmarks_are_those_of_a_face_that_the_crop_is_cut_around_by_the_usual_margin(picture):
    path, _ = picture(width=52, height=104)
    (plain,) = taken(path)
    landmarks = write_predictor(path.parent / "68.dat")
    (found,) = taken(path, landmarks=landmarks)
    assert plain.rows["landmarks_from"] == ["box"]
    points = landmarks_of(*plain.rows["landmarks"])
    np.testing.assert_allclose(points, in_box(np.array([6, 12, 40, 80])), atol=1)
    assert found.rows["landmarks_from"] == ["predictor"]
    points = landmarks_of(*found.rows["landmarks"])
    np.testing.assert_allclose(points, predicted(np.array([6, 12, 40, 80])), atol=2)


@pytest.mark.end_to_end
def test_a_crop_has_the_pixels_of_the_picture(tmp_path):
    @settings(max_examples=15, database=None)
    @given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
    def check(width, height, seed):
        pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
        cv2.imwrite(str(tmp_path / "a.png"), pixels)
        (result,) = taken(tmp_path / "a.png")
        assert np.array_equal(stored(result), pixels[..., ::-1])

    check()


def test_a_jpeg_is_read_as_frames_are(picture, limits):
    path, pixels = picture("a.jpg")
    (result,) = taken(path)
    (frame,) = decode(path, lambda times: [0], limits)
    assert np.array_equal(stored(result), frame.pixels)
    assert np.abs(stored(result).astype(int) - pixels).mean() < 4


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("grey.png", lambda rgb: rgb[..., 0]),
        ("deep.png", lambda rgb: rgb[..., ::-1].astype(np.uint16) * 257),
        ("see_through.png", lambda rgb: np.dstack([rgb[..., ::-1], rgb[..., :1]])),
        ("a.webp", lambda rgb: rgb),
        ("a.bmp", lambda rgb: rgb),
    ],
)
def test_any_picture_becomes_one_that_training_reads(tmp_path, pictures, name, written):
    cv2.imwrite(str(tmp_path / name), written(pictures(1, 40, 40)[0]))
    (result,) = taken(tmp_path / name)
    (png,) = result.members.values()
    assert decode_stored(png).shape == (40, 40, 3)
    assert np.array_equal(decode_stored(png), decode_stored(png, on_threads=True))


def test_pictures_that_are_none_are_set_aside_one_by_one(tmp_path, picture, clip, pictures):
    good = [picture("1.jpg")[0], picture("2.jpg", seed=1)[0]]
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(good[0].read_bytes()[:-200])
    empty = tmp_path / "empty.png"
    empty.touch()
    video = clip(tmp_path / "video.mp4", pictures(3)).rename(tmp_path / "video.png")
    large, _ = picture("large.png", 101, 100)
    outside = tmp_path / "inside" / "link.png"
    outside.parent.mkdir()
    outside.symlink_to(good[0])
    listed = [good[0], cut, empty, video, large, good[1]]
    results = taken(*listed)
    reasons = [str(result) if isinstance(result, ItemError) else "" for result in results]
    assert [bool(reason) for reason in reasons] == [False, True, True, True, True, False]
    assert "truncated" in reasons[1]
    assert reasons[2] == "is empty"
    assert reasons[3] == "holds 3 frames, but a frame or a ready-made crop is one picture"
    assert "more than 10000 pixels" in reasons[4]
    (link,) = taken(outside)
    assert str(link) == "is a link that leads out of the dataset's folder"


def test_pictures_of_a_video_are_faces_of_one_item(picture):
    """A broken one sets its video aside, under its name, and no other."""
    good = [picture(f"{name}.png", seed=name)[0] for name in range(3)]
    broken = good[0].with_name("broken.png")
    broken.write_bytes(b"no picture")
    items = [[(3, good[0]), (12, good[1])], [(0, good[0]), (1, broken)], [(0, good[2])]]
    limits = {"max_pixels": PIXELS, "max_seconds": 60}
    video, other, single = take(items, good[0].parent, **limits, landmarks=NO_PREDICTOR)
    assert video.rows["frame"] == [3, 12]
    assert video.rows["time"] == [3.0, 12.0]
    assert video.rows["track"] == [0, 0]
    assert list(video.members) == video.rows["crop"] == ["000003.png", "000012.png"]
    assert str(other).startswith("broken.png ")
    assert single.rows["frame"] == [0]


SIDE = 24


@pytest.fixture
def repository(tmp_path, monkeypatch):
    add_code(tmp_path)
    monkeypatch.chdir(tmp_path)
    faces = PARAMS.model_dump() | {"max_failed_fraction": 0.5}
    params = {
        "detect": profile(root=ROOT)["detect"],
        "detectors": ["mtcnn"],
        "faces": faces,
        "frames": FRAMES_PARAMS
        | {"max_frames": 2, "max_pixels": PIXELS, "clip": {"frames": 1, "stride": 1}},
    }
    Path("params.yaml").write_text(yaml.safe_dump(params))
    write(detections_path("d", "mtcnn"), pd.DataFrame(), DETECTIONS)
    return tmp_path


def index(pictures):
    """Write pictures by item, and their index."""
    rows = []
    for name, content in pictures.items():
        path = Path("data/raw/d", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sources = {"group": name, "target": name, "donor": "", "original": ""}
        about = {"dataset": "d", "method": "real", "item": name, "path": name, "kind": "crop"}
        md5 = hashlib.md5(content).hexdigest()
        about |= {"label": "real", "official_split": "", "attributes": "", "md5": md5}
        rows.append(about | sources)
    write(index_path("d"), pd.DataFrame(rows), INDEX)


def run_stage():
    return subprocess.run(
        [sys.executable, "-m", "stages.faces", "d", "seen"],
        env=os.environ | {"MACHINE_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.end_to_end
def test_clips_of_single_pictures_are_refused(repository):
    index({"a.png": png(0)})
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["frames"]["clip"]["frames"] = 4
    Path("params.yaml").write_text(yaml.safe_dump(params))
    done = run_stage()
    assert done.returncode == 1
    assert "frames.clip.frames is 4, but the crops of d are single pictures" in done.stderr


def png(seed, width=SIDE):
    pixels = np.random.default_rng(seed).integers(0, 256, (SIDE, width, 3), np.uint8)
    return cv2.imencode(".png", pixels)[1].tobytes()


@pytest.mark.end_to_end
def test_the_stage_works_on_what_is_new_and_reports_what_it_sets_aside(repository):
    given = {"a.png": png(0), "b.png": png(1, width=30), "broken.png": png(2)[:60]}
    index(given)
    done = run_stage()
    assert done.returncode == 0, done.stderr
    assert "3 to work on" in done.stderr
    faces = read(faces_path("seen", "d"), FACES)
    assert faces[["item", "width", "height"]].to_numpy().tolist() == [
        ["a.png", SIDE, SIDE], ["b.png", 30, SIDE],
    ]  # fmt: skip
    assert read(failures_path("faces", "d"), FAILURES)["item"].tolist() == ["broken.png"]
    metrics = json.loads(Path("metrics/faces/d.json").read_text())
    assert metrics["items_failed"] == metrics["items_not_square"] == 1
    assert metrics["faces"] == metrics["items"] == metrics["faces_without_landmarks"] == 2
    (crop,) = read_members(item_path(crops_folder("seen", "d"), "real", "a.png")).values()
    expected = cv2.imdecode(np.frombuffer(given["a.png"], np.uint8), cv2.IMREAD_COLOR_RGB)
    assert np.array_equal(decode_stored(crop), expected)

    index(given | {"new.png": png(3)})
    done = run_stage()
    assert done.returncode == 0, done.stderr
    assert "1 to work on, 3 reused" in done.stderr
    assert read(faces_path("seen", "d"), FACES)["item"].tolist() == ["a.png", "b.png", "new.png"]

    index({name: b"no picture " + name.encode() for name in given})
    done = run_stage()
    assert done.returncode == 1
    assert "3 of 3 items failed" in done.stderr

    params = yaml.safe_load(Path("params.yaml").read_text())
    params["faces"]["max_failed_fraction"] = 1.0
    Path("params.yaml").write_text(yaml.safe_dump(params))
    done = run_stage()
    assert done.returncode == 0, done.stderr
    assert read(faces_path("seen", "d"), FACES).empty
    assert json.loads(Path("metrics/faces/d.json").read_text())["items_failed"] == 3


@pytest.mark.end_to_end
def test_a_folder_of_crops_is_one_item_with_at_most_max_frames_faces(repository):
    index({"video/1.png": png(0), "video/2.png": png(1), "video/10.png": png(2), "a.png": png(3)})
    rows = read(index_path("d"), INDEX)
    video = rows[rows["item"] == "video/1.png"].assign(item="video", path="video")
    write(index_path("d"), pd.concat([video, rows[rows["item"] == "a.png"]]), INDEX)
    done = run_stage()
    assert done.returncode == 0, done.stderr
    faces = read(faces_path("seen", "d"), FACES)
    assert faces[["item", "frame"]].to_numpy().tolist() == [
        ["a.png", 0],
        ["video", 1],
        ["video", 10],
    ]
    assert json.loads(Path("metrics/faces/d.json").read_text())["items"] == 2
