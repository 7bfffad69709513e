"""The stage as DVC runs it."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.support.code import add_code
from tests.support.layouts import faceforensics

PARAMS = """
datasets:
  made: {{role: {role}, layout: {layout}{more}}}
index:
  missing_file: error
  no_metadata: drop
  unknown_suffix: drop
  unknown_label: error
  video_among_crops: error
  outside: error
  same_content_two_labels: drop
  same_content_two_groups: drop
"""
pytestmark = pytest.mark.end_to_end

CLIPS = os.environ.get("REAL_CLIPS", "")


@pytest.fixture
def run(tmp_path):
    add_code(tmp_path)

    def command(layout, role="seen", environment=None, **more):
        more = "".join(f", {name}: {value}" for name, value in more.items())
        (tmp_path / "params.yaml").write_text(PARAMS.format(layout=layout, role=role, more=more))
        return subprocess.run(
            [sys.executable, "-m", "stages.index", "made"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return command


def test_writes_the_same_bytes_each_time(lay_out, run, tmp_path):
    lay_out({"real/1.png": None, "fake/1.png": None, "notes.png": None}, "data/raw/made")
    outs = ["data/index/made.csv", "metrics/index/made.json", "metrics/index/made_problems.csv"]
    written = []
    for _ in range(2):
        done = run("folder")
        assert done.returncode == 0, done.stderr
        written.append([(tmp_path / out).read_bytes() for out in outs])
    assert written[0] == written[1]
    assert "its own group" in done.stderr
    problems = pd.read_csv(tmp_path / outs[2])
    assert problems[["problem", "path", "action"]].to_numpy().tolist() == [
        ["no_metadata", "notes.png", "drop"]
    ]
    assert json.loads((tmp_path / outs[1]).read_text())["problem_no_metadata"] == 1


def test_the_locale_changes_no_byte(lay_out, run, tmp_path):
    names = ["Ångström.png", "Zoë.png", "a.png", "B.png", "ä.png", "名.png"]
    lay_out(
        {f"{label}/{name}": None for label in ("real", "fake") for name in names}, "data/raw/made"
    )
    written = []
    for locale in ("C", "C.UTF-8"):
        done = run("folder", environment=os.environ | {"LC_ALL": locale})
        assert done.returncode == 0, done.stderr
        written.append((tmp_path / "data/index/made.csv").read_bytes())
    assert written[0] == written[1]
    assert written[0].decode().count("Ångström") >= 2


def test_of_the_methods_only_those_asked_for_are_taken_and_all_reals(lay_out, run, tmp_path):
    lay_out(faceforensics.FILES, "data/raw/made")
    done = run("faceforensics", methods="[Deepfakes, FaceSwap]")
    assert done.returncode == 0, done.stderr
    counts = pd.read_csv(tmp_path / "data/index/made.csv")["method"].value_counts()
    assert counts.to_dict() == {"real": 3, "Deepfakes": 2, "FaceSwap": 2}
    metrics = json.loads((tmp_path / "metrics/index/made.json").read_text())
    assert metrics["files_not_indexed_by_layout"] == 6


def test_real_as_the_only_method_takes_no_fakes(lay_out, run, tmp_path):
    lay_out(faceforensics.FILES, "data/raw/made")
    done = run("faceforensics", methods="[real]")
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(tmp_path / "data/index/made.csv")["label"]) == {"real"}


def test_an_unknown_method_is_named_beside_those_that_exist(lay_out, run):
    lay_out(faceforensics.FILES, "data/raw/made")
    done = run("faceforensics", methods="[Deepfakes, Faceswap]")
    assert done.returncode == 1
    assert "datasets.made.methods names 'Faceswap'" in done.stderr
    assert ", ".join(sorted(faceforensics.METHODS)) in done.stderr


def test_ready_made_crops_are_marked_and_a_video_among_them_is_named(lay_out, run, tmp_path):
    root = lay_out(["real/1.png", "fake/1.png", "fake/2.mp4"], "data/raw/made")
    done = run("folder", crops="true")
    assert done.returncode == 1
    assert "fake/2.mp4" in done.stderr
    assert "index.video_among_crops" in done.stderr
    (root / "fake/2.mp4").unlink()
    done = run("folder", crops="true")
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(tmp_path / "data/index/made.csv")["kind"]) == {"crop"}


@pytest.mark.parametrize(("role", "code"), [("seen", 1), ("unseen", 0)])
def test_one_label_alone_is_an_error_unless_the_role_is_unseen(role, code, lay_out, run):
    lay_out(["real/1.png", "real/2.png", "spoof/1.png"], "data/raw/made")
    done = run("folder", role=role)
    assert done.returncode == code, done.stderr
    assert ("all 2 items are real" in done.stderr) == bool(code)


def test_every_file_is_indexed_or_named(lay_out, run, tmp_path):
    """A suffix that is not known is no reason to pass a file over."""
    known = {"real/1.png": None, "fake/1.mp4": None, "README": "", "notes.txt": ""}
    others = dict.fromkeys(["real/2.xyz", "fake/2", "fake.zip", "fake/3.unheard"], "")
    lay_out(known | others, "data/raw/made")
    done = run("folder")
    assert done.returncode == 0, done.stderr
    problems = pd.read_csv(tmp_path / "metrics/index/made_problems.csv")
    assert set(problems["path"]) == set(others)
    assert set(problems["problem"]) == {"unknown_suffix"}
    metrics = json.loads((tmp_path / "metrics/index/made.json").read_text())
    assert metrics["problem_unknown_suffix"] == len(others)
    assert "fake/3.unheard" in done.stderr


def test_a_listed_file_of_an_unknown_suffix_is_not_called_missing(lay_out, run):
    listing = "path,label\na.png,real\nb.png,fake\nc.xyz,real\n"
    lay_out({"media.csv": listing, "a.png": None, "b.png": None, "c.xyz": ""}, "data/raw/made")
    done = run("csv")
    assert done.returncode == 0, done.stderr
    assert "c.xyz" in done.stderr


def test_a_folder_of_frames_has_the_hash_of_its_pictures(lay_out, run, tmp_path):
    lay_out(["real/a/1.png", "real/a/2.png", "fake/b/1.png"], "data/raw/made")
    hashes = []
    for text in (None, "another"):
        if text:
            (tmp_path / "data/raw/made/real/a/2.png").write_text(text)
        done = run("folder_of_frames")
        assert done.returncode == 0, done.stderr
        rows = pd.read_csv(tmp_path / "data/index/made.csv").set_index("item")
        assert set(rows["kind"]) == {"frames"}
        hashes.append(rows["md5"])
    assert hashes[0]["b"] == hashes[1]["b"]
    assert hashes[0]["a"] != hashes[1]["a"]


def test_an_error_is_one_message_and_the_whole_list(lay_out, run, tmp_path):
    entry = {"label": "REAL", "split": "train", "original": None}
    lay_out({"metadata.json": json.dumps({"gone.mp4": entry})}, "data/raw/made")
    done = run("dfdc")
    assert done.returncode == 1
    assert "gone.mp4" in done.stderr
    assert "index.missing_file" in done.stderr
    assert "Traceback" not in done.stderr
    assert "gone.mp4" in (tmp_path / "metrics/index/made_problems.csv").read_text()
    assert not (tmp_path / "data/index/made.csv").exists()


def test_an_unknown_layout_names_all(lay_out, run):
    lay_out(["real/1.png"], "data/raw/made")
    done = run("dfdcc")
    assert done.returncode == 1
    assert "'dfdcc'" in done.stderr
    assert "celeb_df" in done.stderr


needs_clips = pytest.mark.skipif(
    not CLIPS, reason="REAL_CLIPS names no folder with real/ and fake/ clips"
)


def bring(clips, to):
    """Copy clips by the name that the owners give them."""
    for name, source in clips.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, to / name)


@needs_clips
def test_real_clips_as_faceforensics(run, tmp_path):
    named = {
        f"original_sequences/youtube/c23/videos/{path.name}": path
        for path in Path(CLIPS, "real").iterdir()
        if re.fullmatch(r"\d{3}", path.stem)
    } | {
        f"manipulated_sequences/Deepfakes/c23/videos/{path.name}": path
        for path in Path(CLIPS, "fake").iterdir()
        if re.fullmatch(r"\d{3}_\d{3}", path.stem)
    }
    bring(named, tmp_path / "data/raw/made")
    done = run("faceforensics")
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(tmp_path / "data/index/made.csv", dtype=str, keep_default_na=False)
    assert len(rows) == len(named)
    for fake in rows[rows["label"] == "fake"].itertuples():
        same = rows[(rows["item"] == fake.original) & (rows["label"] == "real")]
        assert (same["group"] == fake.group).all()
        assert fake.item.startswith(fake.original)


@needs_clips
def test_real_clips_as_dfdc(run, tmp_path):
    fakes = {
        path.name: path
        for path in Path(CLIPS, "fake").iterdir()
        if re.fullmatch(r"[a-z]{10}", path.stem)
    }
    part = tmp_path / "data/raw/made/dfdc_train_part_0"
    bring(fakes, part)
    entries = {
        name: {"label": "FAKE", "split": "train", "original": "zzzzzzzzzz.mp4"} for name in fakes
    }
    (part / "metadata.json").write_text(json.dumps(entries))
    done = run("dfdc", role="unseen")
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(tmp_path / "data/index/made.csv", dtype=str, keep_default_na=False)
    assert set(rows["item"]) == {Path(name).stem for name in fakes}
    assert set(rows["group"]) == {"zzzzzzzzzz"}
