"""The table of all metrics, and the score tables behind it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from stages.common import table
from stages.common.metrics import bootstrap
from stages.common.metrics.aggregate import Aggregation
from stages.common.metrics.bootstrap import Intervals
from stages.common.metrics.clusters import Clusters
from stages.common.metrics.decision import Decision, FittedOn, Level
from stages.common.metrics.definitions import DEFINITIONS, compute_metrics
from stages.common.metrics.metrics_table import (
    LevelScores,
    MetricsParams,
    measure_each,
    measure_slice,
    metrics_table,
    slice_metrics,
    slices,
)
from stages.common.metrics.score_tables import (
    read_scored_faces,
    score_tables,
    with_categories,
    write_scores,
)
from stages.common.metrics.scores import Scores
from stages.common.tables.metrics import METRICS
from stages.common.tables.scores import FRAME_SCORES, VIDEO_SCORES
from stages.common.tables.splits import SPLIT, SPLIT_NAMES, split_path
from tests.support.stage_outputs import LANDMARKS

SETTINGS = MetricsParams(
    ece_bins=5, intervals=Intervals(replicates=100, confidence=0.9, min_clusters=5, seed=0)
)
DECISION = Decision(
    aggregation=Aggregation(method="mean", top_k=1, by="item", consistency=0.5, min_faces=1),
    frame=Level(slope=1.0, bias=0.0, prior=0.5, val_share=0.5, threshold=0.5),
    video=Level(slope=1.0, bias=0.0, prior=0.5, val_share=0.5, threshold=0.5),
    fitted_on=FittedOn(split="val", sha256="", datasets=["a"], faces=1, items=1, groups=1),
)


def made_scores(groups=8, seed=0):
    """A real and a fake of two methods a group, in two splits and two datasets."""
    rows = [
        (split, dataset, method, label, f"{dataset}/g{(group * 5) % groups}")
        for split, dataset in (("test", "a"), ("test", "b"), ("unseen", "c"))
        for group in range(groups)
        for method, label in (("real", "real"), ("swap", "fake"), ("blend", "fake"))
    ]
    scores = pd.DataFrame(rows, columns=["split", "dataset", "method", "label", "target"])
    luck = np.random.default_rng(seed).normal(scores["label"] == "fake", 1)
    return scores.assign(donor="", p_fake=expit(luck).round(6))


def test_slices_are_all_of_a_dataset_then_each_methods_fakes_against_all_reals():
    scores = made_scores()
    found = list(slices(scores))
    assert [tuple(name.values()) for name, _ in found] == [
        (split, dataset, method)
        for split, dataset in (("test", "a"), ("test", "b"), ("unseen", "c"))
        for method in ("all", "blend", "swap")
    ]
    assert list(found[0][0]) == ["split", "dataset", "method"]
    for name, rows in found:
        assert set(rows["dataset"]) == {name["dataset"]}
        expected = {"blend", "swap"} if name["method"] == "all" else {name["method"]}
        assert set(rows["method"]) == {"real", *expected}
        assert len(rows) == 8 * (1 + len(expected))


def test_a_slice_has_every_metric_with_its_interval():
    rows = made_scores().query("dataset == 'a'")
    found = slice_metrics(rows, 0.6, SETTINGS)
    assert found.columns.tolist() == [
        "metric", "value", "low", "high", "fixed", "note",
        "fakes", "reals", "fakes_without_face", "reals_without_face", "clusters",
    ]  # fmt: skip
    assert found["metric"].tolist() == list(DEFINITIONS)
    fake = (rows["label"] == "fake").to_numpy()
    expected = compute_metrics(Scores(fake, rows["p_fake"].to_numpy(), 0.6, 5))
    values = dict(zip(found["metric"], found["value"], strict=True))
    for name, value in expected.items():
        if isinstance(value, str):
            assert np.isnan(values[name])
        else:
            assert values[name] == pytest.approx(value)
    counts = ["fakes", "reals", "fakes_without_face", "reals_without_face", "clusters"]
    assert (found[counts] == [16, 8, 0, 0, 8]).all(axis=None)
    auc = found.set_index("metric").loc["auc"]
    assert auc["low"] < auc["value"] < auc["high"]
    assert auc["note"] == ""


def test_what_is_undefined_has_its_reason_and_no_number():
    rows = made_scores().query("dataset == 'a' and label == 'real'")
    auc = slice_metrics(rows, 0.6, SETTINGS).set_index("metric").loc["auc"]
    assert auc[["value", "low", "high"]].isna().all()
    assert auc["note"] == "only reals"
    few = slice_metrics(made_scores(groups=4).query("dataset == 'a'"), 0.6, SETTINGS)
    auc = few.set_index("metric").loc["auc"]
    assert np.isfinite(auc["value"])
    assert np.isnan(auc["low"])
    assert auc["note"] == "no interval: 4 clusters, 5 needed"


def test_an_interval_says_what_it_takes_as_given():
    found = slice_metrics(made_scores().query("dataset == 'a'"), 0.6, SETTINGS).set_index("metric")
    assert found.loc["auc", "fixed"] == found.loc["ece", "fixed"] == "training, calibration"
    assert found.loc["balanced_accuracy", "fixed"] == "training, calibration, threshold"
    few = slice_metrics(made_scores(groups=4).query("dataset == 'a'"), 0.6, SETTINGS)
    assert (few["fixed"] == "").all()


def test_persons_linked_by_the_fakes_of_one_component_have_an_interval():
    """Every fake of Celeb-DF's test list shows two persons, so that all are one group."""
    names = np.array([f"id{number}" for number in range(12)])
    reals = pd.DataFrame({"label": "real", "target": np.repeat(names, 3), "donor": ""})
    fakes = pd.DataFrame({"label": "fake", "target": np.repeat(names, 5)})
    fakes["donor"] = names[(np.arange(60) // 5 + np.tile([1, 2, 3, 4, 5], 12)) % 12]
    rows = pd.concat([reals, fakes], ignore_index=True).assign(group="id0")
    rows["p_fake"] = expit(np.random.default_rng(0).normal(rows["label"] == "fake", 1))
    auc = slice_metrics(rows, 0.6, SETTINGS).set_index("metric").loc["auc"]
    assert auc["low"] < auc["value"] < auc["high"]
    assert (auc["clusters"], auc["note"]) == (12, "")


def test_intervals_do_not_depend_on_the_order_of_the_rows():
    rows = made_scores().query("dataset == 'a'")
    whole = slice_metrics(rows, 0.6, SETTINGS)
    turned = slice_metrics(rows[::-1], 0.6, SETTINGS)
    pd.testing.assert_frame_equal(turned, whole)


def test_a_table_holds_each_slice_and_follows_its_schema():
    scores = made_scores()
    found = metrics_table({"video": LevelScores(scores, 0.6)}, SETTINGS)
    METRICS.validate(found[list(METRICS.columns)])
    assert found.index.is_unique
    assert len(found) == 9 * len(DEFINITIONS)
    assert set(found["level"]) == {"video"}
    swap = found.query("dataset == 'c' and method == 'swap' and split == 'unseen'")
    rows = scores.query("dataset == 'c' and method in ['real', 'swap']")
    alone = slice_metrics(rows, 0.6, SETTINGS)
    pd.testing.assert_frame_equal(swap[alone.columns].reset_index(drop=True), alone)


def drawn_anew(rows, level="video"):
    """The metrics of a table, each of its slices measured alone."""
    parts = [
        slice_metrics(part, 0.6, SETTINGS).assign(level=level, **name)
        for name, part in slices(rows)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("donors", [False, True])
def test_levels_and_methods_measured_together_are_as_each_alone(donors):
    """Donors are of one method, so that its slices are resampled apart."""
    items = made_scores(groups=12).query("split == 'test'")
    if donors:
        swapped = items["method"] == "swap"
        items["donor"] = items["target"].shift(3, fill_value="").where(swapped, "")
    faces = pd.concat([items, items.assign(p_fake=items["p_fake"].to_numpy()[::-1])])
    levels = {"frame": LevelScores(faces, 0.6), "video": LevelScores(items, 0.6)}
    expected = pd.concat([drawn_anew(faces, "frame"), drawn_anew(items)])
    found, expected = (
        rows.set_index(["level", "split", "dataset", "method", "metric"]).sort_index()
        for rows in (metrics_table(levels, SETTINGS), expected)
    )
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_exact=True)


def test_what_has_equal_clusters_is_drawn_once(monkeypatch):
    drawn = []
    once = bootstrap._drawn
    monkeypatch.setattr(bootstrap, "_drawn", lambda *args: (drawn.append(args), once(*args))[1])
    rows = made_scores().query("dataset == 'a'")
    levels = {level: LevelScores(rows, 0.6) for level in ("frame", "video")}
    metrics_table(levels, SETTINGS)
    assert len(drawn) == 1  # of three slices at two levels


def test_as_many_units_in_other_clusters_are_drawn_apart():
    names = [f"{number:02d}" for number in range(12)]
    alone = pd.DataFrame({"target": names, "donor": ""})
    # Twelve units, too: eight persons, and four fakes that show two of them
    paired = pd.DataFrame({"target": names[:8] + names[:4], "donor": [""] * 8 + names[4:8]})
    fake, rng = np.arange(12) % 2 > 0, np.random.default_rng(0)
    sets = [(Scores(fake, rng.random(12), 0.5, 5), Clusters.of(rows)) for rows in (alone, paired)]
    assert len({clusters.first.size for _, clusters in sets}) == 1
    for one, together in zip(sets, measure_each(sets, SETTINGS.intervals, ["auc"]), strict=True):
        (expected,) = measure_each([one], SETTINGS.intervals, ["auc"])
        np.testing.assert_array_equal(together.replicates["auc"], expected.replicates["auc"])


def test_of_nothing_there_are_no_metrics_beside_those_of_others():
    rows = made_scores().query("dataset == 'a'")
    whole = measure_slice(rows, 0.6, SETTINGS)
    nothing = Scores(np.zeros(0, bool), np.zeros(0), 0.6)
    scores = Scores((rows["label"] == "fake").to_numpy(), rows["p_fake"].to_numpy(), 0.6, 5)
    sets = [(nothing, Clusters.of(rows[:0])), (scores, whole.clusters)]
    empty, found = measure_each(sets, SETTINGS.intervals, ["auc"])
    assert empty.points == {"auc": "nothing was scored"}
    assert not empty.replicates
    np.testing.assert_array_equal(found.replicates["auc"], whole.replicates["auc"])


def test_names_as_categories_change_nothing():
    scores = made_scores().assign(item="i", group="g")
    scores["donor"] = scores["target"].shift(3, fill_value="").where(scores["label"] == "fake", "")
    found = with_categories(scores)
    assert found["target"].dtype == found["donor"].dtype
    pd.testing.assert_frame_equal(
        metrics_table({"video": LevelScores(found, 0.6)}, SETTINGS),
        metrics_table({"video": LevelScores(scores, 0.6)}, SETTINGS),
    )


def split_rows(split):
    """Two items of one group, two faces each, as the split table holds them."""
    rows = [
        {"dataset": "a", "method": method, "item": f"{split}_{label}", "frame": frame, "track": 0}
        | {"time": 0.0, "x": 0.0, "y": 0.0, "width": 9.0, "height": 9.0, "confidence": 0.9}
        | {"seen_by": "both", "iou": 0.5, "crop": f"{frame}.png", "label": label}
        | {"group": f"a/{split}", "target": f"a/{split}", "donor": "", "original": ""}
        | {"archive": "seen/a/crops/x.tar"}
        | LANDMARKS
        for method, label in (("swap", "fake"), ("real", "real"))
        for frame in range(2)
    ]
    return pd.DataFrame(rows)


def test_scored_are_val_test_and_unseen_and_nothing_of_train(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for split in SPLIT_NAMES:
        table.write(split_path(split), split_rows(split), SPLIT)
    faces = read_scored_faces()
    assert faces.index.tolist() == list(range(12))
    assert faces["split"].unique().tolist() == ["val", "test", "unseen"]
    assert (faces["group"] == "a/" + faces["split"]).all()


def test_both_score_tables_are_stored_and_say_of_what(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    faces = split_rows("test").assign(split="test")
    frames, videos = score_tables(faces, np.array([2.0, 2.0, -1.0, -1.0]), DECISION)
    assert frames["p_fake"].tolist() == pytest.approx(expit([2.0, 2.0, -1.0, -1.0]), abs=1e-6)
    assert videos["item"].tolist() == ["test_real", "test_fake"]
    assert videos["p_fake"].tolist() == pytest.approx(expit([-1.0, 2.0]), abs=1e-6)
    assert videos["label"].tolist() == ["real", "fake"]
    assert set(videos["split"]) == {"test"}
    assert set(videos["group"]) == {"a/test"}
    write_scores("net", frames, videos)
    stored = table.read(Path("data/scores/net.csv"), FRAME_SCORES)
    assert stored["p_fake"].tolist() == pytest.approx(sorted(frames["p_fake"]), abs=1e-6)
    assert len(table.read(Path("metrics/scores/net.csv"), VIDEO_SCORES)) == 2
