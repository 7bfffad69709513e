"""What was made from a clip of train is found, from the file to the split."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from stages.common import table
from stages.common.archive import item_path, read_members
from stages.common.decode import Limits, decode
from stages.common.picture import decode_stored
from stages.common.tables.faces import FACES, HASHES, crops_folder, faces_path
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, split_path
from stages.sample.cast import Cast
from stages.sample.clip import write_clip
from stages.sample.dataset import write_group, write_metadata
from stages.sample.params import SampleParams
from tests.support.code import add_code
from tests.support.paths import ROOT

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow, pytest.mark.timeout(900)]

FPS = 12
SMALL = SampleParams(
    seed=3, groups=3, unseen_groups=1, frames=4 * FPS, fps=FPS, width=256, height=192
)
SEEN, UNSEEN = Path("data/raw/seen"), Path("data/raw/unseen")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Three groups of clips that are seen, and of an unseen dataset two clips of other people."""
    root = tmp_path_factory.mktemp("twins")
    add_code(root)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["datasets"] = {
        "seen": {"role": "seen", "layout": "dfdc"},
        "unseen": {"role": "unseen", "layout": "folder"},
    }
    params["detectors"] = ["dlib"]
    params["faces"]["policy"] = "dlib"
    params["split"]["ratios"] = {"train": 1, "val": 1, "test": 1}
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        SEEN.mkdir(parents=True)
        groups = [write_group(SEEN, [3, 0, n], Cast(("self_blended",)), SMALL) for n in range(3)]
        write_metadata(SEEN, groups)
        for label in ("real", "fake"):
            (UNSEEN / label).mkdir(parents=True)
        others = write_group(UNSEEN, [3, 1, 0], Cast(("self_blended",)), SMALL)
        for name, about in others.items():
            (UNSEEN / name).rename(UNSEEN / about["label"].lower() / f"other_{name}")
        faces_of("seen")
        faces_of("unseen")
        run("split")
        yield root


@pytest.fixture(autouse=True)
def inside(repository, monkeypatch):
    monkeypatch.chdir(repository)


def run(stage, *arguments):
    command = [sys.executable, "-m", f"stages.{stage}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def faces_of(dataset):
    """Run the stages from the files to the faces; the role is the name."""
    for stage in (["index"], ["frames"], ["detect"], ["faces", dataset]):
        run(stage[0], dataset, *stage[1:])


def half(picture):
    return cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def write_video_twins(clip):
    limits = Limits(10**8, 60.0)
    frames = np.stack(
        [frame.pixels for frame in decode(clip, lambda times: range(len(times)), limits)]
    )
    small = np.stack([half(frame) for frame in frames])
    for name, changed, rate_factor in (
        ("crf_23", frames, 23),
        ("crf_40", frames, 40),
        ("half_size", small, 23),
        ("without_first_second", frames[FPS:], 23),
        ("without_last_second", frames[:-FPS], 23),
        ("small_and_short", small[FPS:-FPS], 23),
    ):
        write_clip(UNSEEN / "real" / f"{name}.mp4", changed, FPS, rate_factor)


def write_picture_twins(crop):
    for name, picture in (("crop", crop), ("small_crop", half(crop))):
        cv2.imwrite(str(UNSEEN / "real" / f"{name}.png"), picture[..., ::-1])
        quality = [cv2.IMWRITE_JPEG_QUALITY, 75]
        cv2.imwrite(str(UNSEEN / "real" / f"{name}_75.jpg"), picture[..., ::-1], quality)


def test_every_twin_of_a_clip_is_dropped_and_no_other(repository):
    before = table.read(ITEMS_PATH, ITEMS)
    assert set(before["split"]) == {"train", "val", "test", "unseen"}
    real = table.read(split_path("train"), SPLIT).query("label == 'real'").iloc[0]
    write_video_twins(SEEN / f"{real['item']}.mp4")
    faces = table.read(faces_path("seen", "seen"), FACES)
    hashed = faces[(faces["item"] == real["item"]) & (faces[HASHES] != "").all(axis=1)]
    crops = read_members(item_path(crops_folder("seen", "seen"), "real", real["item"]))
    write_picture_twins(decode_stored(crops[hashed.iloc[0]["crop"]], "crop"))
    faces_of("unseen")
    run("split")
    problems = pd.read_csv("metrics/split_problems.csv")
    assert set(problems["problem"]) == {"same_picture_two_datasets"}
    twins = {path for path in (UNSEEN / "real").iterdir() if not path.name.startswith("other_")}
    assert len(twins) == 10
    assert set(problems["path"]) == {f"unseen/real/{path.name}" for path in twins}
    pd.testing.assert_frame_equal(table.read(ITEMS_PATH, ITEMS), before)
