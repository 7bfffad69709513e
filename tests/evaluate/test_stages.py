"""The stages evaluate, baseline and compare on made data."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

import stages.baseline.__main__ as baseline
import stages.compare.__main__ as compare
import stages.evaluate.__main__ as evaluate
from stages.common import table
from stages.common.errors import InputError
from stages.common.metrics.decision import read_decision
from stages.common.table import KEY
from stages.common.tables.metrics import METRICS, metrics_path
from stages.common.tables.scores import (
    FRAME_SCORES,
    VIDEO_SCORES,
    frame_scores_path,
    video_scores_path,
)
from stages.common.tables.splits import SPLIT, split_path

pytestmark = pytest.mark.end_to_end


def outs(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in {".csv", ".json", ".md"}
    }


def test_all_three_stages_write_the_same_bytes_twice(project, monkeypatch):
    for workers in ("1", "3"):
        monkeypatch.setenv("MACHINE_WORKERS", workers)
        evaluate.main("plain")
        evaluate.main("noisy")
        baseline.main()
        compare.main()
        written = outs(project)
        if workers == "1":
            first = written
    assert first == written
    assert {
        "models/plain/decision.json",
        "metrics/tables/noisy.csv",
        "metrics/leaderboard.csv",
        "metrics/comparisons.csv",
        "metrics/comparison.md",
        "plots/roc_models.csv",
        "plots/reliability/plain.csv",
    } <= set(written)

    leaderboard = pd.read_csv("metrics/leaderboard.csv")
    models = {"plain", "noisy", "baseline", "ensemble_mean", "ensemble_weighted"}
    for _, rows in leaderboard.groupby(["split", "dataset", "level"]):
        assert set(rows["model"]) == models
        assert rows["auc"].is_monotonic_decreasing
        assert rows.loc[rows["model"] == "baseline", "auc_gain"].item() == 0
    # The leaderboard and the model's own table agree
    metrics = table.read(metrics_path("plain"), METRICS)
    own = metrics[(metrics["method"] == "all") & (metrics["split"] == "test")]
    shown = leaderboard[(leaderboard["split"] == "test") & (leaderboard["model"] == "plain")]
    for row in shown.itertuples():
        of_level = own[own["level"] == row.level].set_index("metric")
        for metric in ("auc", "balanced_accuracy", "log_loss"):
            assert getattr(row, metric) == pytest.approx(of_level["value"][metric], abs=1e-6)
            assert getattr(row, f"{metric}_low") == pytest.approx(of_level["low"][metric], abs=1e-6)


def test_every_face_and_every_item_is_scored_once(project):
    evaluate.main("plain")
    faces = pd.concat([table.read(split_path(split), SPLIT) for split in ("val", "test", "unseen")])
    frames = table.read(frame_scores_path("plain"), FRAME_SCORES)
    videos = table.read(video_scores_path("plain"), VIDEO_SCORES)
    key = [*KEY, "frame", "track"]
    assert set(faces[key].itertuples(index=False)) == set(frames[key].itertuples(index=False))
    assert videos["faces"].sum() == len(frames)
    assert len(videos) == 2 * (10 + 12 + 12)


def test_headline_figures_are_few_and_say_what_they_are(project):
    evaluate.main("plain")
    metrics = json.loads((project / "metrics/models/plain.json").read_text())
    for dataset in ("made", "other"):
        assert len([name for name in metrics if f".{dataset}." in name]) <= 12
    assert metrics["test.made.video.auc_low"] <= metrics["test.made.video.auc"]
    assert all(name.split(".")[2] in {"frame", "video"} for name in metrics)


def test_the_decision_file_gives_the_stored_scores_again(project):
    evaluate.main("plain")
    decision = read_decision(project / "models/plain/decision.json")
    frames = table.read(frame_scores_path("plain"), FRAME_SCORES)
    videos = table.read(video_scores_path("plain"), VIDEO_SCORES)
    again = decision.score_items(frames)
    np.testing.assert_array_equal(again["p_fake"], videos["p_fake"])
    assert decision.fitted_on.items == 20
    val = videos[videos["split"] == "val"]
    right = (val["p_fake"] >= decision.video.threshold) == (val["label"] == "fake")
    assert right.mean() > 0.8


def test_nothing_of_test_or_unseen_enters_the_decision(project):
    evaluate.main("plain")
    before = (project / "models/plain/decision.json").read_bytes()
    for split in ("test", "unseen"):
        faces = table.read(split_path(split), SPLIT)
        turned = faces["label"].map({"real": "fake", "fake": "real"})
        table.write(split_path(split), faces.assign(label=turned), SPLIT)
    evaluate.main("plain")
    assert (project / "models/plain/decision.json").read_bytes() == before


def test_val_of_one_class_is_an_error_that_says_so(project):
    faces = table.read(split_path("val"), SPLIT)
    table.write(split_path("val"), faces[faces["label"] == "real"], SPLIT)
    with pytest.raises(InputError, match=r"val\.csv: .* need real and fake faces, found only real"):
        evaluate.main("plain")


def test_without_an_unseen_dataset_the_rest_is_measured(project):
    faces = table.read(split_path("unseen"), SPLIT)
    table.write(split_path("unseen"), faces.iloc[:0], SPLIT)
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    compare.main()
    assert set(pd.read_csv("metrics/leaderboard.csv")["split"]) == {"test"}


def test_compare_drops_what_is_no_longer_listed(project):
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    params = yaml.safe_load((project / "params.yaml").read_text())
    (project / "params.yaml").write_text(yaml.safe_dump(params | {"backbones": ["noisy"]}))
    compare.main()
    assert not (project / "data/scores/plain.csv").exists()
    assert not (project / "metrics/scores/plain.csv").exists()
    assert set(pd.read_csv("metrics/leaderboard.csv")["model"]) == {"noisy", "baseline"}


def test_models_scored_on_other_data_are_not_compared(project):
    evaluate.main("plain")
    evaluate.main("noisy")
    baseline.main()
    scores = table.read(frame_scores_path("noisy"), FRAME_SCORES)
    table.write(frame_scores_path("noisy"), scores.iloc[1:], FRAME_SCORES)
    with pytest.raises(InputError, match=r"noisy\.csv .* not about the same data \(frame level\)"):
        compare.main()
