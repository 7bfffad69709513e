"""The stage as it is called, in a folder of its own."""

import json
import os
import subprocess
import sys

import pytest

from stages.sample.cast import Cast
from stages.sample.dataset import PART, new_dataset, write_group, write_metadata
from tests.support.code import add_code

pytestmark = pytest.mark.end_to_end

PARAMS = {
    "seed": 3, "groups": 5, "unseen_groups": 2, "frames": 2, "fps": 12, "width": 160, "height": 160,
}  # fmt: skip


def run(folder, workers, datasets=("sample", "sample_unseen"), **changes):
    if not (folder / "stages").exists():
        add_code(folder)
    values = {"datasets": {name: {} for name in datasets}, "sample": PARAMS | changes}
    (folder / "params.yaml").write_text(json.dumps(values))
    environment = os.environ | {"MACHINE_WORKERS": str(workers)}
    return subprocess.run(
        [sys.executable, "-m", "stages.sample"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def contents(folder):
    raw = folder / "data" / "raw"
    return {path.relative_to(raw): path.read_bytes() for path in raw.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rendered")
    result = run(folder, workers=2)
    assert result.returncode == 0, result.stderr
    return folder


def test_a_dataset_that_is_not_used_is_not_rendered(tmp_path):
    for folder in ("sample", "sample_unseen"):
        old = tmp_path / "data" / "raw" / folder
        old.mkdir(parents=True)
        (old / "old.mp4").touch()
    result = run(tmp_path, workers=1, datasets=["mine"])
    assert result.returncode == 0, result.stderr
    assert contents(tmp_path) == {}
    assert all((tmp_path / "data/raw" / name).is_dir() for name in ("sample", "sample_unseen"))


def metadata(folder, name):
    return json.loads((folder / "data" / "raw" / name / PART / "metadata.json").read_text())


def test_neither_workers_nor_what_was_there_change_a_byte(rendered, tmp_path):
    old = tmp_path / "data" / "raw" / "sample"
    old.mkdir(parents=True)
    (old / "old.mp4").touch()
    assert run(tmp_path, workers=1).returncode == 0
    assert contents(tmp_path) == contents(rendered)


@pytest.mark.parametrize(
    ("name", "groups", "methods"),
    [
        ("sample", 5, {"swap", "self_blended", "morphed"}),
        ("sample_unseen", 2, {"reenacted"}),
    ],
)
def test_a_dataset_has_dfdcs_form(rendered, name, groups, methods):
    entries = metadata(rendered, name)
    part = rendered / "data" / "raw" / name / PART
    assert {path.name for path in part.iterdir()} == {"metadata.json", *entries}
    fakes = [entry for entry in entries.values() if entry["label"] == "FAKE"]
    reals = {name: entry for name, entry in entries.items() if entry["label"] == "REAL"}
    assert {fake["original"] for fake in fakes} <= reals.keys()
    assert {fake["donor"] for fake in fakes if "donor" in fake} <= reals.keys()
    assert len(reals) == groups
    assert all(entry == {"label": "REAL", "split": "train", "original": None}
               for entry in reals.values())  # fmt: skip
    assert {fake["method"] for fake in fakes} == methods
    assert list(entries) == sorted(entries)


def test_the_datasets_share_no_clip(rendered):
    assert not metadata(rendered, "sample").keys() & metadata(rendered, "sample_unseen").keys()
    files = [data for path, data in contents(rendered).items() if path.suffix == ".mp4"]
    assert len(set(files)) == len(files)


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"groups": 0}, "groups"), ({"width": 255}, "width"), ({"crf": 3}, "crf"),
     ({"seed": "1"}, "seed")],
)  # fmt: skip
def test_bad_parameters_are_refused_by_name(tmp_path, changes, named):
    result = run(tmp_path, 1, **changes)
    assert result.returncode != 0
    assert named in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data" / "raw").exists()


def render_and_stop(folder, small):
    with new_dataset(folder) as part:
        write_group(part, [3, 0, 1], Cast(("swap",)), small)
        raise KeyboardInterrupt


def test_an_interrupted_rendering_leaves_the_old_dataset(tmp_path, small):
    folder = tmp_path / "sample"
    with new_dataset(folder) as part:
        write_metadata(part, [write_group(part, [3, 0, 0], Cast(("swap",)), small)])
    before = {path.name: path.read_bytes() for path in (folder / PART).iterdir()}

    with pytest.raises(KeyboardInterrupt):
        render_and_stop(folder, small)
    assert {path.name: path.read_bytes() for path in (folder / PART).iterdir()} == before
    assert list(tmp_path.iterdir()) == [folder]
