import hashlib

import pytest
import yaml

from app.models import Member
from app.provenance import check_provenance
from stages.common.errors import InputError
from stages.common.metrics.decision import read_decision
from tests.support.app import JUDGE


@pytest.fixture
def member(repository, tmp_path, monkeypatch):
    """A model, and the lock of the run that made it."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "models" / JUDGE / "decision.json"
    path.parent.mkdir(parents=True)
    path.write_bytes((repository / "models" / JUDGE / "decision.json").read_bytes())
    params = yaml.safe_load((repository / "params.yaml").read_text())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    read = {
        "frames@own": {"frames": params["frames"]},
        "detect@own": {"detect": params["detect"]},
        "faces@own": {"detectors": params["detectors"], "faces": params["faces"]},
        "faces@gone": {"faces": "of a dataset that is no more"},
        f"evaluate@{JUDGE}": {"decision": params["decision"], "evaluate": {"batch_size": 1}},
    }
    lock = {name: {"params": {"params.yaml": keys}} for name, keys in read.items()}
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    out = {"path": f"models/{JUDGE}/decision.json", "md5": md5}
    lock[f"evaluate@{JUDGE}"]["outs"] = [out]
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": lock}))
    return Member(JUDGE, None, read_decision(path))


def change(folder, key, value):
    params = yaml.safe_load((folder / "params.yaml").read_text())
    *above, last = key.split(".")
    section = params
    for name in above:
        section = section[name]
    section[last] = value
    (folder / "params.yaml").write_text(yaml.safe_dump(params))


def test_the_parameters_of_the_run_are_accepted(member):
    assert check_provenance([member]) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("frames.max_frames", 99),
        ("detect.mtcnn.thresholds.output", 0.123),
        ("detectors", ["dlib"]),
        ("faces.crop.scale", 1.7),
        ("decision.aggregation.by", "person"),
    ],
)
def test_a_parameter_changed_since_is_refused_by_name(member, tmp_path, key, value):
    change(tmp_path, key, value)
    with pytest.raises(InputError, match=rf"{key} is .*, and was .*dvc repro"):
        check_provenance([member])


@pytest.mark.parametrize(
    ("key", "value"),
    [("frames.max_duration", 9.0), ("evaluate.batch_size", 2), ("recipe.seed", 9)],
)
def test_what_changes_no_score_may_change(member, tmp_path, key, value):
    change(tmp_path, key, value)
    assert check_provenance([member]) == []


def test_what_cannot_be_checked_is_said(member, tmp_path):
    decision = tmp_path / "models" / JUDGE / "decision.json"
    decision.write_text(decision.read_text() + " ")
    assert "not of the model" in check_provenance([member])[0]
    (tmp_path / "dvc.lock").unlink()
    assert "no dvc.lock" in check_provenance([member])[0]
