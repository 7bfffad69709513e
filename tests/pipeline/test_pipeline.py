"""The whole pipeline, as a user runs it: what is made, what runs again and what does not.

The tests change one copy in turn; each leaves it reproduced and committed.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml
from dvc.repo import Repo

from proofs.isolation import problems_in_isolation
from stages.common.files import write_whole
from tests.support.repository_copy import rows

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]


def change_params(copy, **changes):
    """Set top-level keys of params.yaml; a function gets the old value."""
    path = copy.root / "params.yaml"
    params = yaml.safe_load(path.read_text())
    for key, change in changes.items():
        params[key] = change(params[key])
    path.write_text(yaml.safe_dump(params, sort_keys=False))


def test_both_models_their_ensemble_and_the_baseline_are_compared(tiny):
    models = {row["model"] for row in rows(tiny.root / "metrics" / "leaderboard.csv")}
    assert {"inception_resnet_v2", "vgg16", "ensemble_mean", "baseline"} <= models


def test_each_model_has_a_card_that_names_its_file_and_its_data(tiny):
    metrics = json.loads((tiny.root / "metrics" / "split.json").read_text())
    for model in ("inception_resnet_v2", "vgg16"):
        card = (tiny.root / "metrics" / "cards" / f"{model}.md").read_text()
        network = (tiny.root / "models" / model / "model.keras").read_bytes()
        assert hashlib.md5(network).hexdigest() in card
        for split, dataset in {"train": "sample", "unseen": "sample_unseen"}.items():
            assert metrics[f"content_{split}_{dataset}"] in card
        assert "demonstration only" in card


def test_curves_are_plots_and_metrics_of_dvc(tiny):
    last = json.loads(tiny.dvc("metrics", "show", "--json"))[""]["data"]
    drawn = json.loads(tiny.dvc("plots", "diff", "--json"))["data"]
    for model in ("inception_resnet_v2", "vgg16"):
        epoch = last[f"plots/history/{model}/metrics.json"]["data"]
        path = f"plots/history/{model}/plots/metrics/val/loss.tsv"
        assert path in drawn
        curve = pd.read_csv(tiny.root / path, sep="\t")
        assert curve["step"].tolist() == list(range(len(curve)))
        assert curve["loss"].iloc[-1] == epoch["val"]["loss"]


def test_nothing_is_left_to_do(tiny):
    assert "up to date" in tiny.dvc("status")
    assert tiny.stages_run_by() == set()
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=tiny.root, check=True, capture_output=True, text=True
    )
    assert changed.stdout == ""


def test_no_group_is_in_two_splits(tiny):
    groups = {
        split: set(pd.read_csv(tiny.root / "data" / "split" / f"{split}.csv")["group"])
        for split in ("train", "val", "test", "unseen")
    }
    assert all(groups.values())
    assert sum(map(len, groups.values())) == len(set().union(*groups.values()))


def test_every_item_is_a_crop_or_a_failure_with_its_reason(tiny):
    index = pd.read_csv(tiny.root / "data" / "index" / "sample.csv")
    faces = pd.read_csv(tiny.root / "data" / "faces" / "seen" / "sample" / "faces.csv")
    metrics = json.loads((tiny.root / "metrics" / "faces" / "sample.json").read_text())
    missing = set(index["item"]) - set(faces["item"])
    failed = pd.read_csv(tiny.root / "metrics" / "frames" / "sample_failures.csv")
    assert len(missing) == metrics["items_without_face"] + len(failed)


def test_training_gives_the_same_bytes_without_the_crops_of_test(tiny, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(tiny.root, copy, ignore=shutil.ignore_patterns("cache", ".work", "models"))
    for archive in pd.read_csv(copy / "data" / "split" / "test.csv")["archive"].unique():
        (copy / "data" / "faces" / archive).unlink()
    for gone in ("split/test.csv", "split/unseen.csv", "faces/unseen"):
        path = copy / "data" / gone
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    subprocess.run(
        [sys.executable, "-m", "stages.train", "vgg16"], cwd=copy, check=True, capture_output=True
    )
    model = "models/vgg16/model.keras"
    assert (copy / model).read_bytes() == (tiny.root / model).read_bytes()


def test_a_comment_runs_the_stage_code_alone(tiny):
    with (tiny.root / "stages/common/errors.py").open("a") as file:
        file.write("# Why\n")
    assert tiny.stages_run_by() == {"code"}
    assert "up to date" in tiny.dvc("status")
    tiny.commit("a comment")


OF_THE_THRESHOLD = {"baseline", "compare"} | {
    f"{stage}@{model}"
    for stage in ("card", "evaluate", "explain", "robustness")
    for model in ("inception_resnet_v2", "vgg16")
}
OF_THE_LAYOUT = {"index@sample", "index@sample_unseen"}
OF_THE_DETECTOR = {  # without stored frames, `faces` runs the detectors itself
    f"{stage}@{dataset}" for stage in ("detect", "faces") for dataset in ("sample", "sample_unseen")
}


def test_changed_code_makes_stale_just_what_runs_it(tiny):
    for file, old, new, stale in [
        ("common/metrics/threshold.py", "import numpy", "X = 1\nimport numpy", OF_THE_THRESHOLD),
        ("train/backbones.py", "1 / 64", "1 / 63", {"train@vgg16"}),
        ("index/layouts/dfdc.py", "LOOKS_FOR =", "X = LOOKS_FOR =", OF_THE_LAYOUT),
        ("index/layouts/celeb_df.py", "LOOKS_FOR =", "X = LOOKS_FOR =", set()),
        ("detect/detectors/dlib.py", "ON_GPU =", "X = ON_GPU =", OF_THE_DETECTOR),
    ]:
        path = tiny.root / "stages" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        tiny.dvc("repro", "code")
        assert set(json.loads(tiny.dvc("status", "--json"))) == stale, file
        path.write_text(text)
    tiny.dvc("repro", "code")
    assert "up to date" in tiny.dvc("status")


def test_a_stage_run_alone_refuses_code_that_is_not_recorded(tiny):
    path = tiny.root / "stages/train/backbones.py"
    text = path.read_text()
    path.write_text(text.replace("1 / 64", "1 / 63"))
    command = [sys.executable, "-m", "dvc", "repro", "--single-item", "--force", "train@vgg16"]
    done = subprocess.run(command, cwd=tiny.root, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "run `dvc repro code`, then this again" in done.stdout + done.stderr
    tiny.git("checkout", "--quiet", ".")  # the code, and the curves that DVC removed before the run
    tiny.dvc("checkout")
    assert "up to date" in tiny.dvc("status")


def test_a_changed_parameter_shows_in_the_metrics_diff(tiny):
    change_params(tiny, split=lambda split: split | {"seed": split["seed"] + 1})
    tiny.dvc("repro", "split")
    assert "split.seed" in tiny.dvc("params", "diff", "--md")
    assert "content_train_sample" in tiny.dvc("metrics", "diff", "--md")
    tiny.git("checkout", "--quiet", "params.yaml")
    tiny.dvc("repro", "split")
    assert "up to date" in tiny.dvc("status")


def test_what_one_model_changes_trains_that_one_alone(tiny):
    changed = {"dropout": 0.1}
    change_params(tiny, models=lambda models: models | {"vgg16": models["vgg16"] | changed})
    assert set(json.loads(tiny.dvc("status", "--json"))) == {"train@vgg16"}
    tiny.git("checkout", "--quiet", "params.yaml")
    assert "up to date" in tiny.dvc("status")


def with_an_encoder(copy):
    """Add a model that comes of another library than the others."""
    added = "dinov2_vit_s14"
    change_params(
        copy,
        backbones=lambda names: [*names, added],
        models=lambda models: models | {added: {"input_size": 56}},
    )
    return added


def test_another_backbone_retrains_no_other(tiny):
    added = with_an_encoder(tiny)
    stale = set(json.loads(tiny.dvc("status", "--json")))
    assert {stage for stage in stale if not stage.endswith(f"@{added}")} == {"compare"}
    assert f"train@{added}" in stale
    tiny.git("checkout", "--quiet", "params.yaml")


@pytest.mark.slow
def test_an_encoder_goes_through_all_stages(tiny):
    added = with_an_encoder(tiny)
    assert f"card@{added}" in tiny.stages_run_by()
    assert added in {row["model"] for row in rows(tiny.root / "metrics" / "leaderboard.csv")}
    tiny.git("checkout", "--quiet", "params.yaml")
    tiny.dvc("repro")


def test_a_backbone_that_is_no_longer_listed_leaves_the_comparison(tiny):
    """The tests after this one are about VGG16 alone."""
    change_params(tiny, backbones=lambda names: ["vgg16"])
    assert tiny.stages_run_by() == {"compare"}
    models = {row["model"] for row in rows(tiny.root / "metrics" / "leaderboard.csv")}
    assert "inception_resnet_v2" not in models
    tiny.commit("VGG16 alone")


def test_the_scores_of_another_program_run_their_stage_and_the_comparison(tiny, monkeypatch):
    path = tiny.root / "data/external/theirs.csv"
    path.parent.mkdir()
    scores = pd.read_csv(tiny.root / "metrics/scores/vgg16.csv")
    scores.rename(columns={"p_fake": "score"}).to_csv(path, index=False)
    entry = {"file": "data/external/theirs.csv"}
    change_params(tiny, scores=lambda none: {"theirs": entry})
    assert tiny.stages_run_by() == {"external@theirs", "compare"}
    monkeypatch.chdir(tiny.root)
    with Repo() as repo:
        (stage,) = [stage for stage in repo.index.stages if stage.addressing == "external@theirs"]
        assert problems_in_isolation(stage, tiny.root) == []
    board = pd.read_csv(tiny.root / "metrics/leaderboard.csv")
    video = board[(board["level"] == "video") & (board["split"] == "test")].set_index("model")
    assert video.loc["theirs", "auc"] == pytest.approx(video.loc["vgg16", "auc"])
    path.unlink()
    change_params(tiny, scores=lambda entries: {})
    assert tiny.stages_run_by() == {"compare"}
    board = pd.read_csv(tiny.root / "metrics/leaderboard.csv")
    assert "theirs" not in set(board["model"])
    tiny.commit("without another program's scores")


@pytest.fixture(scope="module")
def with_two_unseen(tiny):
    """Two more unseen datasets after a run: copies of clips, and faces stored of them as pictures.

    Gives what ran, and the rows of these faces.
    """
    raw = tiny.root / "data/raw"
    for label in ("real", "fake"):
        (raw / "clips" / label).mkdir(parents=True)
    part = raw / "sample_unseen" / "dfdc_train_part_0"
    metadata = json.loads((part / "metadata.json").read_text())
    for name, entry in metadata.items():
        copied = raw / "clips" / entry["label"].lower() / f"copy of {name}"
        shutil.copy(part / name, copied)
        with copied.open("ab") as clip:
            clip.write(b"\0\0\0\x08free")  # another file with the same frames
    faces = pd.read_csv(tiny.root / "data/split/unseen.csv")
    faces = faces[faces["dataset"] == "sample_unseen"].drop_duplicates("archive")
    for row in faces.itertuples():
        with zipfile.ZipFile(tiny.root / "data/faces" / row.archive) as archive:
            write_whole(raw / f"portraits/{row.label}/{row.item}.png", archive.read(row.crop))
    unseen = {"role": "unseen", "layout": "folder"}
    added = {"clips": unseen, "portraits": unseen | {"crops": True}}
    change_params(tiny, datasets=lambda datasets: datasets | added)
    ran = tiny.stages_run_by()
    tiny.commit("clips, portraits")
    return ran, faces


def test_another_unseen_dataset_retrains_nothing(tiny, with_two_unseen):
    ran, _ = with_two_unseen
    # `datasets` says which parts of the sample are rendered; these are the same as before
    assert {stage for stage in ran if "sample" in stage} == {"sample"}
    assert {stage for stage in ran if stage.startswith("train")} == set()
    assert {"index@clips", "frames@clips", "faces@clips", "split", "compare"} <= ran
    scores = pd.read_csv(tiny.root / "metrics" / "scores" / "vgg16.csv")
    assert "clips" in set(scores["dataset"])


def test_ready_made_crops_are_tested_on_beside_videos(tiny, with_two_unseen):
    _, faces = with_two_unseen
    raw = tiny.root / "data/raw/portraits"
    given = faces["label"] + "/" + faces["item"] + ".png"
    taken = pd.read_csv(tiny.root / "data/faces/unseen/portraits/faces.csv")
    assert sorted(taken["method"] + "/" + taken["item"]) == sorted(given)
    board = pd.read_csv(tiny.root / "metrics/leaderboard.csv")
    origins = board.groupby("dataset")["faces_from"].unique().explode().to_dict()
    assert origins["portraits"] == "crops"
    assert origins["sample"] == origins["sample_unseen"] == "detectors"
    card = (tiny.root / "metrics/cards/vgg16.md").read_text()
    assert "each picture of `portraits` is one face" in card
    # The same pixels have the same scores, found by a detector or given
    scores = pd.read_csv(tiny.root / "data/scores/vgg16.csv")
    scores = scores.set_index(["dataset", "item", "frame", "track"])["p_fake"].sort_index()
    for row in faces.itertuples():
        found = scores["sample_unseen", row.item, row.frame, row.track]
        assert scores["portraits", f"{row.item}.png", 0, 0] == pytest.approx(found, abs=1e-5)

    archives = tiny.root / "data/faces/unseen/portraits/crops"
    before = {path: path.stat().st_mtime_ns for path in archives.rglob("*.zip")}
    new = raw / "real/new.png"
    new.write_bytes(cv2.imencode(".png", np.zeros((40, 40, 3), np.uint8))[1].tobytes())
    tiny.dvc("repro", "faces@portraits")
    after = {path: path.stat().st_mtime_ns for path in archives.rglob("*.zip")}
    assert dict(after.items() - before.items()).keys() == {archives / "real/new.png.zip"}
    new.unlink()
    tiny.dvc("repro")
    assert "up to date" in tiny.dvc("status")


def test_a_broken_clip_is_skipped_and_only_it_is_worked_on(tiny):
    part = tiny.root / "data" / "raw" / "clips" / "fake"
    broken = next(iter(sorted(part.iterdir())))
    broken.write_bytes(broken.read_bytes()[:2000])
    before = {
        path: path.stat().st_mtime_ns
        for path in (tiny.root / "data" / "frames" / "clips").rglob("*.zip")
    }
    change_params(tiny, frames=lambda frames: frames | {"max_failed_fraction": 0.5})
    tiny.dvc("repro", "faces@clips")
    failures = rows(tiny.root / "metrics" / "frames" / "clips_failures.csv")
    assert [row["item"] for row in failures] == [broken.name]
    assert all(row["error"] for row in failures)
    changed = [path for path, mtime in before.items() if path.stat().st_mtime_ns != mtime]
    assert [path.name for path in changed] == [f"{broken.name}.zip"]
    assert zipfile.is_zipfile(changed[0])
