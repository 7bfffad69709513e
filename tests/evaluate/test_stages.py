"""The stages evaluate, baseline and compare on made data."""

import json
import shutil
from pathlib import Path

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
from stages.common.tables.splits import ITEMS, ITEMS_PATH, SPLIT, split_path

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


def test_trainings_from_other_seeds_are_scored_and_their_spread_is_shown(project):
    params = yaml.safe_load(Path("params.yaml").read_text()) | {"seeds": [7]}
    Path("params.yaml").write_text(yaml.safe_dump(params))
    for name in ("plain", "noisy"):
        shutil.copytree(f"models/{name}", f"models/{name}-7")
    shutil.copy("models/noisy/model.keras", "models/plain-7/model.keras")
    for name in ("plain", "noisy"):
        evaluate.main(name)
        evaluate.main(name, "7")
    assert not metrics_path("plain-7").exists()
    baseline.main()
    compare.main()

    board = pd.read_csv("metrics/leaderboard.csv")
    assert not board["model"].str.contains("-7").any()
    video = board[(board["level"] == "video") & (board["split"] == "test")].set_index("model")
    aucs = video.loc[["plain", "noisy"], "auc"]
    assert video.loc["plain", "seeds"] == video.loc["noisy", "seeds"] == 2
    assert video.loc["plain", "auc_seed_mean"] == pytest.approx(aucs.mean(), abs=2e-6)
    assert video.loc["plain", "auc_seed_deviation"] == pytest.approx(aucs.std(), abs=2e-6)
    assert video.loc["noisy", "auc_seed_deviation"] == 0
    assert video.loc["baseline", "seeds"] == 1
    assert "over trainings from other seeds: " in Path("metrics/comparison.md").read_text()


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


def lose_faces(split, items):
    """Leave some items of a split without a face."""
    faces = table.read(split_path(split), SPLIT)
    table.write(split_path(split), faces[~faces["item"].isin(items)], SPLIT)
    every = table.read(ITEMS_PATH, ITEMS)
    every.loc[every["item"].isin(items), "faces"] = 0
    table.write(ITEMS_PATH, every, ITEMS)


def test_an_item_without_a_face_is_scored_with_the_prior_and_measured_apart(project):
    evaluate.main("plain")
    before = json.loads((project / "metrics/models/plain.json").read_text())
    assert not any("all_items" in name for name in before)
    dark = ["test_0_real", "test_1_real", "test_2_fake"]
    lose_faces("test", dark)
    evaluate.main("plain")
    videos = table.read(video_scores_path("plain"), VIDEO_SCORES)
    lost = videos[videos["faces"] == 0]
    assert lost["item"].tolist() == dark
    assert lost["p_fake"].tolist() == [0.5] * 3  # val's share of fakes
    after = json.loads((project / "metrics/models/plain.json").read_text())
    assert after["test.made.all_items.fakes_without_face"] == 1
    assert after["test.made.all_items.reals_without_face"] == 2
    assert after["test.made.all_items.auc"] < after["test.made.video.auc"]
    assert not any(name.startswith("unseen.other.all_items") for name in after)
    metrics = table.read(metrics_path("plain"), METRICS)
    auc = metrics[(metrics["metric"] == "auc") & (metrics["method"] == "all")]
    counts = ["fakes", "reals", "fakes_without_face", "reals_without_face"]
    of_level = auc[auc["split"] == "test"].set_index("level")[counts]
    assert of_level.loc["video"].tolist() == [11, 10, 0, 0]
    assert of_level.loc["all_items"].tolist() == [12, 12, 1, 2]

    evaluate.main("noisy")
    baseline.main()
    compare.main()
    board = pd.read_csv("metrics/leaderboard.csv")
    assert set(board.loc[board["split"] == "test", "level"]) == {"frame", "video", "all_items"}
    assert set(board.loc[board["split"] == "unseen", "level"]) == {"frame", "video"}
    text = (project / "metrics/comparison.md").read_text()
    assert "No face was found in 1 of 12 fakes and 2 of 12 reals." in text


def test_several_unseen_datasets_have_an_average_and_a_worst(project):
    for path, schema in ((split_path("unseen"), SPLIT), (ITEMS_PATH, ITEMS)):
        rows = table.read(path, schema)
        second = rows["item"].str.contains("unseen_[0-5]_")
        table.write(path, rows.assign(dataset=rows["dataset"].mask(second, "b")), schema)
    evaluate.main("plain")
    found = json.loads((project / "metrics/models/plain.json").read_text())
    for metric in ("auc", "log_loss", "ece"):
        parts = [found[f"unseen.{name}.video.{metric}"] for name in ("b", "other")]
        assert found[f"unseen.macro_average.video.{metric}"] == pytest.approx(
            np.mean(parts), abs=1e-4
        )
        worst = min(parts) if metric == "auc" else max(parts)
        assert found[f"unseen.worst.video.{metric}"] == worst
        assert found[f"unseen.worst.video.{metric}_dataset"] in ("b", "other")
    low, high = (found[f"unseen.macro_average.video.auc_{end}"] for end in ("low", "high"))
    assert low <= found["unseen.macro_average.video.auc"] <= high


def test_the_worst_of_several_methods_is_a_headline(project):
    evaluate.main("noisy")
    found = json.loads((project / "metrics/models/noisy.json").read_text())
    metrics = table.read(metrics_path("noisy"), METRICS)
    of_test = (metrics["split"] == "test") & (metrics["level"] == "video")
    auc = metrics[of_test & (metrics["metric"] == "auc")].set_index("method")["value"].drop("all")
    assert len(auc) == 2  # blend and swap
    assert found["test.worst_method.video.auc"] == pytest.approx(auc.min(), abs=1e-4)
    assert found["test.worst_method.video.auc_method"] == f"made/{auc.idxmin()}"


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


def test_a_model_that_ranks_test_the_wrong_way_round_is_warned_of(project, capsys):
    evaluate.main("plain")
    assert "gives no verdicts" not in capsys.readouterr().err
    faces = table.read(split_path("test"), SPLIT)
    turned = faces["label"].map({"real": "fake", "fake": "real"})
    table.write(split_path("test"), faces.assign(label=turned), SPLIT)
    evaluate.main("plain")
    said = capsys.readouterr().err
    assert "warning: plain gives no verdicts: its AUC by video on the test clips of made is" in said
    assert "worse than chance" in said


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
