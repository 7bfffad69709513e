"""Profiles are complete parameter files; whatever is wrong in one is named."""

from pathlib import Path

import pytest
import yaml

from stages.__main__ import Pipeline
from stages.common.errors import ParamsError
from stages.common.params import check, load, read_yaml

ROOT = Path(__file__).parent.parent
MODEL = read_yaml(ROOT / "profiles" / "sample.yaml")["models"]["vgg16"]
PROFILES = sorted((ROOT / "profiles").glob("*.yaml"))


@pytest.fixture
def sample(monkeypatch):
    monkeypatch.chdir(ROOT)
    return read_yaml(ROOT / "profiles" / "sample.yaml")


def keys(value, path=()):
    """Dotted keys of nested mappings."""
    if not isinstance(value, dict):
        return {".".join(path)}
    return {key for name, item in value.items() for key in keys(item, (*path, name))}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_a_profile_is_complete_and_well_typed(profile, sample):
    values = read_yaml(profile)
    check(values, Pipeline, f"{profile}: ")
    assert keys({k: v for k, v in values.items() if k != "datasets"}) == keys(
        {k: v for k, v in sample.items() if k != "datasets"}
    )


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_a_profile_says_at_its_top_its_command_time_and_score(profile):
    top = profile.read_text().split("\ndatasets:")[0]
    assert all(f"# {word}:" in top for word in ("Command", "Time", "Score"))


@pytest.mark.parametrize(
    ("section", "change", "message"),
    [
        ("frames", {"max_frames": "8"}, "frames.max_frames"),
        ("frames", {"max_frames": -1}, "frames.max_frames"),
        ("frames", {"max_frame": 8}, "frames.max_frame: Extra inputs"),
        (
            "faces",
            {"policy": "both"},
            "faces.policy 'both'; known are agreement, dlib, mtcnn, union",
        ),
        (
            "faces",
            {"min_confidence": {"mtcnn": 0.9}},
            r"faces\.min_confidence\.dlib: Field required",
        ),
        ("faces", {"min_confidence": {"viola": 0.9}}, "detector.* 'viola'; known are dlib, mtcnn"),
        ("detect", {"viola": {"min_face": 0.2}}, "detect.viola: Extra inputs"),
        ("models", {"vgg61": MODEL}, "unknown backbone 'vgg61'; known are convnext_tiny, "),
        ("split", {"official": ["nobody"]}, "`split.official` names 'nobody'"),
        ("split", {"ratios": {"train": 0.8, "val": 0.1, "test": 0.1}}, "split.ratios.train"),
    ],
)
def test_what_is_wrong_is_named(sample, section, change, message):
    sample[section] |= change
    with pytest.raises(ParamsError, match=message):
        check(sample, Pipeline, "params.yaml: ")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("backbones", ["vgg61"], "`backbones` names 'vgg61'"),
        ("backbones", [], "backbones"),
        ("detectors", ["mtcnn", "viola"], "detector.* 'viola'; known are dlib, mtcnn"),
        ("detectors", [], "detectors"),
        (
            "datasets",
            {"a": {"role": "seen", "layout": "dfcd"}},
            "unknown datasets.a.layout 'dfcd'; known are ",
        ),
        ("datasets", {"a": {"role": "hidden", "layout": "dfdc"}}, "datasets.a.role"),
    ],
)
def test_a_name_that_points_to_nothing_is_refused(sample, key, value, message):
    sample[key] = value
    with pytest.raises(ParamsError, match=message):
        check(sample, Pipeline, "params.yaml: ")


def test_only_a_detector_that_runs_needs_its_section(sample):
    del sample["detect"]["dlib"]
    with pytest.raises(ParamsError, match=r"detect\.dlib: Field required"):
        check(sample, Pipeline, "params.yaml: ")
    sample["detectors"] = ["mtcnn"]
    check(sample, Pipeline, "params.yaml: ")


def test_agreement_takes_two_detectors(sample):
    sample["detectors"] = ["mtcnn"]
    sample["faces"]["policy"] = "agreement"
    with pytest.raises(ParamsError, match="agreement takes two detectors or more"):
        check(sample, Pipeline, "params.yaml: ")


def test_a_missing_section_is_named_without_the_rest_of_the_file(sample):
    del sample["faces"]
    with pytest.raises(ParamsError) as caught:
        check(sample, Pipeline, "params.yaml: ")
    assert str(caught.value) == "params.yaml: faces: Field required"


def test_a_file_that_is_no_yaml_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParamsError, match=r"params\.yaml is missing"):
        load("frames", dict)
    Path("params.yaml").write_text("frames: [")
    with pytest.raises(ParamsError, match=r"params\.yaml is not valid YAML"):
        load("frames", dict)
    Path("params.yaml").write_text(yaml.safe_dump({"models": {"vgg16": 1}}))
    with pytest.raises(ParamsError, match=r"'models\.xception' is missing"):
        load("models.xception", dict)
