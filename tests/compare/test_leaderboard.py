import numpy as np
import pandas as pd
import pytest

from stages.common.metrics.bootstrap import Intervals
from stages.common.metrics.metrics_table import MetricsParams
from stages.compare.comparisons import comparisons
from stages.compare.ensemble import fit_ensembles, with_ensembles
from stages.compare.holm import holm
from stages.compare.leaderboard import leaderboard
from stages.compare.report import UNEVEN, report
from stages.compare.slices import scored_slices, with_macro_averages
from tests.support.decision import RULE

SETTINGS = MetricsParams(
    ece_bins=10, intervals=Intervals(replicates=300, confidence=0.95, min_clusters=10, seed=0)
)


def combined(tables, members):
    return with_ensembles(tables, fit_ensembles(tables, members, RULE))


def made_tables(gains, groups=60, seed=0, faces=3):
    """Score tables of models whose logits have the given gain on the truth."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        [
            (split, f"{split}{group}", label)
            for split in ("val", "test")
            for group in range(groups)
            for label in ("real", "fake")
        ],
        columns=["split", "target", "label"],
    ).assign(dataset="made", donor="", faces=8)
    tables = {}
    for model, gain in gains.items():
        logits = gain * (rows["label"] == "fake") - gain / 2 + rng.normal(0, 1, len(rows))
        video = rows.assign(p_fake=1 / (1 + np.exp(-logits)))
        frame = pd.concat([video] * faces, ignore_index=True)
        tables[model] = {"frame": frame, "video": video}
    return tables


@pytest.fixture(scope="module")
def slices():
    return list(
        scored_slices(made_tables({"good": 3.0, "poor": 0.2, "baseline": 0.2}), 1.0, SETTINGS)
    )


def test_only_a_model_that_is_better_beats_the_baseline(slices):
    board = leaderboard(slices, SETTINGS.intervals)
    video = board[board["level"] == "video"].set_index("model")
    assert video.loc["good", "beats_baseline"] == "yes"
    assert video.loc["poor", "beats_baseline"] == "no"
    assert video.loc["baseline", "beats_baseline"] == "is baseline"
    assert video.loc["good", "rank"] == 1
    assert set(board["split"]) == {"test"}


def test_pairs_are_compared_once_at_video_level_and_corrected(slices):
    pairs = comparisons(slices, SETTINGS.intervals)
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [
        ("baseline", "good"),
        ("baseline", "poor"),
        ("good", "poor"),
    ]
    assert (pairs["items"] == 120).all()
    for test in ("bootstrap", "obuchowski", "decisions"):
        assert (pairs[f"holm_{test}"] >= pairs[f"p_{test}"]).all()
        assert pairs.loc[pairs["first"] == "good", f"holm_{test}"].item() < 0.05
    same = pairs[pairs["second"] == "poor"].iloc[0]
    assert same["holm_bootstrap"] > 0.05
    assert same["holm_obuchowski"] > 0.05


def two_datasets(gains, seed=0):
    """The same models on two datasets."""
    tables = made_tables(gains, seed=seed)
    again = made_tables(gains, seed=seed + 1)
    return {
        model: {
            level: pd.concat([rows, again[model][level].assign(dataset="other")], ignore_index=True)
            for level, rows in levels.items()
        }
        for model, levels in tables.items()
    }


@pytest.mark.end_to_end
def test_the_best_of_three_models_on_two_datasets_is_better_than_chance():
    """With 1,000 replicates an AUC of 0.999 against 0.5 is real, among all the other pairs."""
    gains = {"best": 4.5, "chance": 0.0, "third": 0.1, "baseline": 0.0}
    settings = SETTINGS.model_copy(
        update={"intervals": SETTINGS.intervals.model_copy(update={"replicates": 1000})}
    )
    tables = combined(two_datasets(gains), ["best", "chance", "third"])
    slices = [scored for scored in scored_slices(tables, 1.0, settings) if scored.level == "video"]
    assert all(scored.measured["best"].points["auc"] > 0.99 for scored in slices)
    pairs = comparisons(slices, settings.intervals, ["best", "chance", "third"])
    found = pairs[(pairs["first"] == "best") & (pairs["second"] == "chance")]
    assert len(found) == 2
    assert (found[["holm_bootstrap", "holm_obuchowski", "holm_decisions"]] < 0.001).all(axis=None)
    text = report(leaderboard(slices, settings.intervals), pairs, {})
    assert text.count("best > chance") == 2


def test_the_family_of_a_correction_is_a_dataset():
    gains = {"a": 1.0, "b": 0.5, "baseline": 0.0}
    pairs = comparisons(list(scored_slices(two_datasets(gains), 1.0, SETTINGS)), SETTINGS.intervals)
    assert pairs["dataset"].value_counts().to_dict() == {"made": 3, "other": 3}
    for _, rows in pairs.groupby("dataset"):
        for test in ("bootstrap", "obuchowski", "decisions"):
            expected = holm(rows[f"p_{test}"].to_numpy())
            assert rows[f"holm_{test}"].tolist() == expected.tolist()


def test_an_ensemble_is_not_compared_with_its_own_members():
    gains = {"a": 1.0, "b": 0.5, "baseline": 0.0}
    tables = combined(made_tables(gains | {"theirs": 1.0}), ["a", "b"])
    slices = list(scored_slices(tables, 1.0, SETTINGS))
    pairs = comparisons(slices, SETTINGS.intervals, ["a", "b"])
    assert set(zip(pairs["first"], pairs["second"], strict=True)) == {
        ("a", "b"),
        ("a", "baseline"),
        ("a", "theirs"),
        ("b", "baseline"),
        ("b", "theirs"),
        ("baseline", "ensemble_mean"),
        ("baseline", "ensemble_weighted"),
        ("baseline", "theirs"),
        ("ensemble_mean", "ensemble_weighted"),
        ("ensemble_mean", "theirs"),
        ("ensemble_weighted", "theirs"),
    }


def test_paired_differences_are_narrower_than_unpaired_ones():
    tables = made_tables({"good": 1.0, "baseline": 0.0})
    shared = tables["good"]["video"]["p_fake"].to_numpy()
    noise = np.random.default_rng(1).normal(0, 0.02, len(shared))
    close = tables["good"]["video"].assign(p_fake=np.clip(shared + noise, 0.001, 0.999))
    tables["close"] = {"frame": pd.concat([close] * 3, ignore_index=True), "video": close}
    slices = list(scored_slices(tables, 1.0, SETTINGS))
    pairs = comparisons(slices, SETTINGS.intervals).set_index(["first", "second"])
    width = pairs["high"] - pairs["low"]
    assert width["close", "good"] < 0.3 * width["baseline", "good"]


def test_too_few_groups_give_no_verdict():
    slices = list(
        scored_slices(made_tables({"good": 3.0, "baseline": 0.2}, groups=5), 1.0, SETTINGS)
    )
    board = leaderboard(slices, SETTINGS.intervals)
    assert set(board["beats_baseline"]) == {"undefined", "is baseline"}
    assert board["auc_low"].isna().all()
    assert comparisons(slices, SETTINGS.intervals)["p_bootstrap"].isna().all()


def test_the_report_marks_what_does_not_beat_the_baseline(slices):
    board = leaderboard(slices, SETTINGS.intervals)
    text = report(board, comparisons(slices, SETTINGS.intervals), {})
    assert "| poor ✗ |" in text
    assert "| good |" in text
    assert "good > poor" in text
    assert "baseline < good" in text


def unseen_tables(gains, datasets):
    """Tables with two or more unseen datasets: `datasets` are gains to add, by name."""
    tables = made_tables(gains)
    for place, (dataset, more) in enumerate(datasets.items()):
        moved = {model: gain + more for model, gain in gains.items()}
        for model, levels in made_tables(moved, seed=place + 5).items():
            for level, rows in levels.items():
                part = rows[rows["split"] == "test"].assign(split="unseen", dataset=dataset)
                tables[model][level] = pd.concat([tables[model][level], part], ignore_index=True)
    return tables


@pytest.fixture(scope="module")
def averaged():
    tables = unseen_tables({"good": 2.0, "baseline": 0.0}, {"easy": 2.0, "hard": -1.0})
    slices = list(scored_slices(tables, 1.0, SETTINGS))
    return slices, leaderboard(with_macro_averages(slices), SETTINGS.intervals)


def test_the_macro_average_weighs_each_unseen_dataset_the_same(averaged):
    _, board = averaged
    video = board[(board["level"] == "video") & (board["model"] == "good")].set_index("dataset")
    for metric in ("auc", "equal_error_rate", "log_loss"):
        mean = video.loc[["easy", "hard"], metric].mean()
        assert video.loc["macro_average", metric] == pytest.approx(mean)
    row = video.loc["macro_average"]
    assert row["auc_low"] < row["auc"] < row["auc_high"]
    assert (row["fakes"], row["reals"], row["clusters"]) == (120, 120, 60)
    assert row["worst_dataset"] == "hard"
    assert row["beats_baseline"] == "yes"
    assert set(board.loc[board["dataset"] != "macro_average", "worst_dataset"]) == {""}


def test_the_interval_of_the_macro_average_is_that_of_independent_datasets(averaged):
    """Two equal, independent widths w give w/√2: half of √(w² + w²)."""
    _, board = averaged
    frame = board[(board["level"] == "frame") & (board["model"] == "good")].set_index("dataset")
    width = frame["auc_high"] - frame["auc_low"]
    expected = np.hypot(width["easy"], width["hard"]) / 2
    assert width["macro_average"] == pytest.approx(expected, rel=0.15)


def test_one_unseen_dataset_has_no_macro_average():
    tables = unseen_tables({"good": 2.0, "baseline": 0.0}, {"only": 0.0})
    slices = list(scored_slices(tables, 1.0, SETTINGS))
    assert with_macro_averages(slices) == slices


def test_the_report_has_the_macro_average_and_the_worst_dataset(averaged):
    slices, board = averaged
    text = report(board, comparisons(slices, SETTINGS.intervals), {})
    section = text.split("## unseen: average over the datasets")[1]
    assert "| good |" in section
    assert "lowest AUC: " in section
    assert "good hard" in section


def test_it_is_told_which_datasets_are_ready_made_crops(averaged):
    slices, _ = averaged
    pairs = comparisons(slices, SETTINGS.intervals)
    macro = with_macro_averages(slices)
    for ready_made, origin in (
        (set(), "detectors"),
        ({"easy"}, "both"),
        ({"easy", "hard"}, "crops"),
        ({"made"}, "detectors"),
    ):
        board = leaderboard(macro, SETTINGS.intervals, ready_made)
        found = board.groupby("dataset")["faces_from"].unique().explode().to_dict()
        expected = {
            n: "crops" if n in ready_made else "detectors" for n in ("easy", "hard", "made")
        }
        assert found == expected | {"macro_average": origin}
        titles = [line for line in report(board, pairs, {}).splitlines() if line.startswith("## ")]
        marked = {line.split()[2] for line in titles if "ready-made crops" in line}
        assert marked == ready_made


def without_faces(tables, dark):
    for levels in tables.values():
        video = levels["video"]
        video.loc[video.index.isin(dark), ["faces", "p_fake"]] = 0, 0.5
    return tables


def test_items_without_a_face_are_reported_beside_those_with_one():
    """Rows alternate real and fake; the first 120 are of val."""
    dark = [120, 122, 124, 125]
    tables = without_faces(made_tables({"good": 3.0, "baseline": 0.2}), dark)
    slices = list(scored_slices(tables, 1.0, SETTINGS))
    board = leaderboard(slices, SETTINGS.intervals)
    good = board[board["model"] == "good"].set_index("level")
    counts = ["fakes", "reals", "fakes_without_face", "reals_without_face"]
    assert good.loc["video", counts].tolist() == [59, 57, 0, 0]
    assert good.loc["all_items", counts].tolist() == [60, 60, 1, 3]
    assert good.loc["all_items", "auc"] < good.loc["video", "auc"]
    assert good.loc["all_items", "log_loss"] > good.loc["video", "log_loss"]
    text = report(board, comparisons(slices, SETTINGS.intervals), {})
    assert "No face was found in 1 of 60 fakes and 3 of 60 reals. They are left out above" in text
    assert UNEVEN not in text


def test_it_is_told_if_the_label_decides_whether_a_face_is_found():
    dark = range(121, 161, 2)  # fakes alone
    tables = without_faces(made_tables({"good": 3.0, "baseline": 0.2}), dark)
    slices = list(scored_slices(tables, 1.0, SETTINGS))
    board = leaderboard(slices, SETTINGS.intervals)
    assert f"20 of 60 fakes and 0 of 60 reals. {UNEVEN}" in report(
        board, comparisons(slices, SETTINGS.intervals), {}
    )


def test_where_every_item_shows_a_face_nothing_is_said_twice(slices):
    board = leaderboard(slices, SETTINGS.intervals)
    assert set(board["level"]) == {"frame", "video"}
    assert "No face" not in report(board, comparisons(slices, SETTINGS.intervals), {})


def lacks(rows):
    """Some clips that another program does not score: a third of each dataset, none of val."""
    return (rows["split"] != "val") & rows["target"].str.endswith(("0", "3", "6"))


@pytest.fixture(scope="module")
def partly_scored():
    """Tables with a model that lacks some clips; and without these clips; and without the model."""
    datasets = {"easy": 2.0, "hard": -1.0}
    tables = unseen_tables({"good": 2.0, "baseline": 0.0, "theirs": 1.0}, datasets)
    video, frame = (tables["theirs"][level] for level in ("video", "frame"))
    partly = {
        "video": video.assign(
            faces=video["faces"].mask(lacks(video), 0),
            p_fake=video["p_fake"].mask(lacks(video), 0.5),
        ),
        "frame": frame.assign(p_fake=frame["p_fake"].mask(lacks(frame))),
    }
    common = {
        model: {level: rows[~lacks(rows)] for level, rows in levels.items()}
        for model, levels in tables.items()
    }
    ours = {model: levels for model, levels in tables.items() if model != "theirs"}
    return [
        list(scored_slices(each, 1.0, SETTINGS))
        for each in (tables | {"theirs": partly}, common, ours)
    ]


def rows_of(slices, models, without=("rank", "coverage")):
    """Rows of the leaderboard by frame and video, of some models."""
    board = leaderboard(with_macro_averages(slices), SETTINGS.intervals).drop(columns=[*without])
    board = board[board["model"].isin(models) & (board["level"] != "all_items")]
    return board.sort_values(["split", "dataset", "level", "model"]).reset_index(drop=True)


def test_what_another_program_scored_is_compared_on_exactly_that(partly_scored):
    partly, common, _ = partly_scored
    pd.testing.assert_frame_equal(rows_of(partly, ["theirs"]), rows_of(common, ["theirs"]))
    pairs, expected = (
        comparisons(slices, SETTINGS.intervals).set_index(["split", "dataset", "first", "second"])
        for slices in (partly, common)
    )
    theirs = expected.index.get_level_values("second") == "theirs"
    tests = [name for name in expected if not name.startswith("holm_")]
    pd.testing.assert_frame_equal(pairs.loc[theirs, tests], expected.loc[theirs, tests])
    assert theirs.sum() == 6


def test_another_program_changes_nothing_of_our_own(partly_scored):
    partly, _, ours = partly_scored
    models = ["good", "baseline"]
    pd.testing.assert_frame_equal(rows_of(partly, models), rows_of(ours, models))


def test_coverage_is_that_of_each_level(partly_scored):
    board = leaderboard(with_macro_averages(partly_scored[0]), SETTINGS.intervals)
    coverage = board.set_index(["split", "dataset", "level", "model"])["coverage"].unstack("model")
    assert (coverage[["good", "baseline"]] == 1).all(axis=None)
    assert coverage["theirs"].tolist() == pytest.approx([42 / 60] * 12)
    assert set(coverage.index.get_level_values("level")) == {"frame", "video", "all_items"}


def test_the_report_says_what_was_not_scored(partly_scored):
    partly, _, ours = partly_scored
    for slices, sections in ((partly, 4), (ours, 0)):
        board = leaderboard(with_macro_averages(slices), SETTINGS.intervals)
        text = report(board, comparisons(slices, SETTINGS.intervals), {})
        assert text.count("theirs scored 70.0% of the items (AUC with the others as ") == sections
        assert "## test: made (120 items, 60 clusters)" in text
