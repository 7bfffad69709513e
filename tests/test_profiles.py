"""Profiles change the default by name, params.yaml is what they give, and errors are named."""

import re
from pathlib import Path

import pytest
import yaml

from stages.__main__ import Pipeline
from stages.common.errors import ParamsError
from stages.common.params import check, load
from stages.profiles import params_text, profile, write_params
from stages.train.params import recipe_for

ROOT = Path(__file__).parent.parent
OVERLAYS = sorted(set((ROOT / "profiles").glob("*.yaml")) - {ROOT / "profiles/default.yaml"})
OURS = [ROOT / "profiles" / f"{name}.yaml" for name in ("default", "gpu", "sample", "tiny")]


@pytest.fixture
def sample(monkeypatch):
    monkeypatch.chdir(ROOT)
    return profile("sample")


@pytest.fixture
def toy(tmp_path):
    """A repository with a default, and a function that adds a profile."""
    (tmp_path / "profiles").mkdir()
    default = """# About the default

datasets:
  a: {role: seen}
  b: {role: seen}
size: 10  # how large
backbones: [net]

# How it is trained
recipe:
  rate: 0.1  # of learning
  phase: {epochs: 2, names: [x, y]}  # the only one
models:
  net: {}
  other: {rate: 0.2}
"""

    def add(name, text):
        (tmp_path / f"profiles/{name}.yaml").write_text(text)
        return tmp_path

    add("default", default)
    return add


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.stem)
def test_a_profile_over_the_default_is_complete_and_well_typed(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    check(profile(path.stem), Pipeline, f"{path}: ")


@pytest.mark.parametrize("path", OURS[1:], ids=lambda path: path.stem)
def test_a_profile_says_at_its_top_its_command_time_and_score(path):
    top = path.read_text().split("\n\n")[0]
    assert top.startswith(f"# Profile {path.stem}: ")
    assert all(f"# {word}:" in top for word in ("Command", "Time", "Score"))


def test_params_yaml_is_what_the_profiles_of_its_first_line_give():
    text = (ROOT / "params.yaml").read_text()
    names = re.match(r"# Written by scripts/profile ([\w ]+);", text)[1].split()
    assert text == params_text(names, ROOT)


def test_parameters_are_said_once():
    files = [ROOT / "params.yaml", *OURS]
    assert sum(len(path.read_text().splitlines()) for path in files) <= 420


def test_profiles_change_the_default_in_their_order(toy):
    toy("one", "size: 11\nrecipe: {phase: {epochs: 3}}\n")
    root = toy("two", "recipe: {phase: {names: [z]}}\nsize: 12\nmodels: {net: {rate: 0.5}}\n")
    assert profile("one", "two", root=root) == {
        "datasets": {"a": {"role": "seen"}, "b": {"role": "seen"}},
        "size": 12,
        "backbones": ["net"],
        "recipe": {"rate": 0.1, "phase": {"epochs": 3, "names": ["z"]}},
        "models": {"net": {"rate": 0.5}, "other": {"rate": 0.2}},
    }


def test_each_backbone_has_an_entry_of_what_it_changes(toy):
    root = toy("mine", "backbones: [net, vgg16]\nmodels: {net: {rate: 0.5}}\n")
    assert profile("mine", root=root)["models"] == {
        "net": {"rate": 0.5},
        "other": {"rate": 0.2},
        "vgg16": {},
    }


def test_a_backbone_without_an_entry_is_named(sample):
    sample["backbones"] = ["resnet50"]
    with pytest.raises(ParamsError, match=r"models\.resnet50: Field required"):
        check(sample, Pipeline, "params.yaml: ")


def test_datasets_are_replaced_whole(toy):
    root = toy("mine", "datasets:\n  c: {role: unseen}\n")
    assert profile("mine", root=root)["datasets"] == {"c": {"role": "unseen"}}


def test_scores_have_names_of_their_own(toy):
    toy("default", "backbones: []\nmodels: {}\ndatasets: {}\nscores: {}\n")
    toy("one", "scores: {ours: {file: a.csv}}\n")
    root = toy("two", "scores: {theirs: {file: b.csv}}\n")
    scores = profile("one", "two", root=root)["scores"]
    assert scores == {"ours": {"file": "a.csv"}, "theirs": {"file": "b.csv"}}


def test_a_profile_of_comments_alone_changes_nothing(toy):
    root = toy("empty", "# nothing\n")
    assert profile("empty", root=root) == profile(root=root)


def test_comments_of_the_default_are_kept(toy):
    text = params_text(["mine"], toy("mine", "size: 9\nrecipe: {rate: null}\n"))
    assert text.startswith("# Written by scripts/profile mine;")
    assert "About the default" not in text
    for line in (
        r"size: 9 +# how large",
        r"# How it is trained",
        r"  rate: null +# of learning",
        r"  phase: \{epochs: 2, names: \[x, y\]\}  # the only one",
    ):
        assert re.search(f"^{line}$", text, re.MULTILINE), line


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ("sice: 1", "sice"),
        ("recipe: {phase: {epoch: 1}}", "recipe.phase.epoch"),
        ("models: {ned: {}}", "models.ned"),
        ("size: {large: 1}", "size.large"),
    ],
)
def test_what_the_default_does_not_have_is_refused_by_name(toy, changes, name):
    root = toy("mine", changes)
    with pytest.raises(ParamsError, match=rf"^profiles/mine\.yaml: {name}: no such parameter"):
        params_text(["mine"], root)


@pytest.mark.parametrize("text", ["a: [", "- 1", "size: 1\nsize: 2\n"])
def test_a_profile_that_is_no_yaml_mapping_is_named(toy, text):
    root = toy("mine", text)
    with pytest.raises(ParamsError, match=r"^profiles/mine\.yaml (is not valid|holds no keys)"):
        params_text(["mine"], root)


def test_a_profile_that_is_not_there_is_named_beside_those_that_are(toy):
    root = toy("mine", "size: 1")
    with pytest.raises(ParamsError, match=r"profiles/min\.yaml is missing; .* default, mine$"):
        params_text(["min"], root)


def test_params_yaml_edited_by_hand_is_not_overwritten(toy):
    root = toy("mine", "size: 11\n")
    params = root / "params.yaml"
    write_params(["mine"], root)
    toy("mine", "size: 12\n")
    write_params(["mine"], root)  # a changed profile is no edit
    assert yaml.safe_load(params.read_text())["size"] == 12
    edited = params.read_text().replace("size: 12", "size: 13")
    params.write_text(edited)
    with pytest.raises(ParamsError, match=r"put them in .*profiles/mine\.yaml.*--force"):
        write_params(["mine"], root)
    assert params.read_text() == edited
    write_params(["mine"], root, force=True)
    assert yaml.safe_load(params.read_text())["size"] == 12


def test_a_model_changes_the_recipe_at_any_depth(sample, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    changes = {"tune": {"epochs": 9}, "augment": {"blur": {"probability": 0.7}}}
    sample["models"] |= {"xception": changes, "resnet50": {}}
    Path("params.yaml").write_text(yaml.safe_dump(sample))
    plain, changed = recipe_for("resnet50"), recipe_for("xception")
    assert plain.model_dump() == sample["recipe"]
    assert (changed.tune.epochs, changed.augment.blur.probability) == (9, 0.7)
    assert changed.tune.learning_rate == plain.tune.learning_rate
    assert changed.model_copy(update={"tune": plain.tune, "augment": plain.augment}) == plain


@pytest.mark.parametrize(
    ("section", "changes", "message"),
    [
        ("recipe", {"dropout": 1.0}, "params.yaml: recipe.dropout: Input should be less than 1"),
        ("xception", {"dropout": 1.0}, "params.yaml: models.xception.dropout: Input should be"),
        ("xception", {"tune": {"epoch": 1}}, "params.yaml: models.xception.tune.epoch: Extra"),
        ("xception", {"tune": 3}, "params.yaml: models.xception.tune: Input should be"),
        ("xception", {"tune": {"epochs": 0}}, "models.xception: Value error, tune.epochs is 0"),
        ("xception", {"augment": {"blur": {"low": 9.0}}}, "models.xception.augment.blur: Value"),
    ],
)
def test_a_wrong_value_is_named_where_it_stands(
    sample, tmp_path, monkeypatch, section, changes, message
):
    holder = sample if section == "recipe" else sample["models"]
    holder[section] |= changes
    with pytest.raises(ParamsError) as whole:
        check(sample, Pipeline, "params.yaml: ")
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(sample))
    with pytest.raises(ParamsError) as alone:
        recipe_for("xception")
    for caught in (whole, alone):
        assert message in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("section", "change", "message"),
    [
        ("frames", {"max_frames": "8"}, "frames.max_frames"),
        ("frames", {"max_frames": -1}, "frames.max_frames"),
        ("frames", {"max_frame": 8}, "frames.max_frame: Extra inputs"),
        (
            "faces",
            {"policy": "both"},
            "faces.policy 'both'; known are agreement, .*dlib, .*mtcnn, union",
        ),
        (
            "faces",
            {"min_confidence": {"mtcnn": 0.9}},
            r"faces\.min_confidence\.dlib: Field required",
        ),
        (
            "faces",
            {"min_confidence": {"viola": 0.9}},
            "detector.* 'viola'; known are dlib, .*mtcnn",
        ),
        ("detect", {"viola": {"min_face": 0.2}}, "detect.viola: Extra inputs"),
        ("models", {"vgg61": {}}, "unknown backbone 'vgg61'; known are clip_vit_b16, "),
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
        ("backbones", ["vgg61"], "unknown backbone 'vgg61'"),
        ("backbones", [], "backbones"),
        ("detectors", ["mtcnn", "viola"], "detector.* 'viola'; known are dlib, .*mtcnn"),
        ("detectors", [], "detectors"),
        (
            "datasets",
            {"a": {"role": "seen", "layout": "dfcd"}},
            "unknown datasets.a.layout 'dfcd'; known are ",
        ),
        ("datasets", {"a": {"role": "hidden", "layout": "dfdc"}}, "datasets.a.role"),
        (
            "scores",
            {"a": {"file": "a.csv", "format": "npy"}},
            "unknown scores.a.format 'npy'; known",
        ),
        ("scores", {"a": {"file": "a.csv", "missing": "drop"}}, "scores.a.missing: .*'refuse'"),
        ("scores", {"a": {}}, "scores.a.file: Field required"),
        ("scores", {"vgg16": {"file": "a.csv"}}, "scores.vgg16 is called like a backbone"),
        ("scores", {"vgg16-1": {"file": "a.csv"}}, "scores.vgg16-1"),
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


@pytest.mark.parametrize("policy", ["agreement", "dlib"])
def test_a_policy_on_what_later_detectors_saw_needs_them_to_search_all(sample, policy):
    sample["faces"]["policy"] = policy
    check(sample, Pipeline, "params.yaml: ")
    sample["detect"]["second"] = "misses"
    with pytest.raises(ParamsError, match=rf"policy {policy} needs .* detect\.second to always"):
        check(sample, Pipeline, "params.yaml: ")
    sample["detectors"] = ["dlib", "mtcnn"]
    sample["faces"]["policy"] = "dlib"
    check(sample, Pipeline, "params.yaml: ")


def test_own_clips_get_the_general_smallest_face_and_the_sample_its_own():
    for name in ("mtcnn", "dlib"):
        assert profile("gpu")["detect"][name]["min_face"] == 0.1
        assert profile()["detect"][name]["min_face"] == 0.1
        assert profile("sample")["detect"][name]["min_face"] >= 0.2


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
