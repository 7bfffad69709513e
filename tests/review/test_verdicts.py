import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.verdicts import Scored, judge, judge_frames
from stages.common.metrics.decision import prior_on_val, threshold_on_val
from stages.common.metrics.definitions import DEFINITIONS
from stages.common.metrics.metrics_table import LevelScores, MetricsParams, metrics_table
from stages.common.params import check
from tests.support.team_repository import PARAMS, PLACES, made_items, made_scores

SETTINGS = check(PARAMS["metrics"], MetricsParams, "metrics")
SAME = {(split, dataset): "" for split, (dataset, _) in PLACES.items()}


def judged(base, head, differences=SAME):
    sides = (
        Scored(rows, threshold_on_val(rows, 1.0), prior_on_val(rows, None)) for rows in (base, head)
    )
    return judge("net", *sides, differences, SETTINGS)


def find(judgements, metric="auc", split="test", method="all"):
    (found,) = (
        one for one in judgements if (one.metric, one.split, one.method) == (metric, split, method)
    )
    return found


def shifted(rows, gap, noise=0.0, seed=0):
    """Fakes moved by `gap`, every score by a little noise."""
    log_odds = np.log(rows["p_fake"] / (1 - rows["p_fake"]))
    log_odds += gap * (rows["label"] == "fake")
    log_odds += noise * np.random.default_rng(seed).normal(size=len(rows))
    return rows.assign(p_fake=1 / (1 + np.exp(-log_odds)))


@pytest.fixture(scope="module")
def base():
    return made_scores(made_items(), 1.0)


def test_every_metric_of_every_slice_is_judged(base):
    found = judged(base, base)
    slices = {(one.split, one.method) for one in found}
    assert slices == {(split, method) for split in PLACES for method in ("all", "swap")}
    assert len(found) == len(slices) * len(DEFINITIONS)


def test_equal_scores_are_unchanged(base):
    unresolved = [one for one in judged(base, base) if one.verdict != "unchanged"]
    assert {one.metric for one in unresolved} <= {"tpr_at_fpr1", "tpr_at_fpr5", "partial_auc_fpr1"}
    assert all(one.reason.startswith("not resolvable") for one in unresolved)


def test_scores_in_the_same_order_leave_the_ranking_unchanged(base):
    head = base.assign(p_fake=base["p_fake"] ** 2)
    found = judged(base, head)
    assert find(found, "auc").verdict == "unchanged"
    assert find(found, "log_loss").verdict in ("better", "worse")


@pytest.mark.parametrize("metric", ["auc", "average_precision", "log_loss", "equal_error_rate"])
def test_better_and_worse_change_places_with_the_commits(base, metric):
    head = shifted(base, 1.5)
    there, back = find(judged(base, head), metric), find(judged(head, base), metric)
    assert (there.verdict, back.verdict) == ("better", "worse")
    assert there.change.value == pytest.approx(-back.change.value)
    assert (there.change.value > 0) == (metric in ("auc", "average_precision"))


def test_noise_alone_is_within_noise(base):
    twins = (shifted(base, 0.0, noise=1.0, seed=seed) for seed in (1, 2))
    found = find(judged(*twins))
    assert found.verdict == "within noise"
    assert found.change.low <= 0 <= found.change.high


def test_pairing_sees_what_two_intervals_side_by_side_hide(base):
    found = find(judged(base, shifted(base, 0.7)))
    assert found.head.low < found.base.high
    assert found.verdict == "better"


def test_other_items_are_not_comparable(base):
    differences = SAME | {("test", "seen"): "other items: 1 items added"}
    found = find(judged(base, shifted(base, 2.0), differences))
    assert (found.verdict, found.reason) == ("not comparable", "other items: 1 items added")
    assert np.isnan(found.change.value)
    assert found.head.value > found.base.value


def test_a_model_that_lost_items_is_not_comparable(base):
    head = base.drop(base[base["split"] == "test"].index[0])
    found = judged(base, head)
    assert find(found).verdict == "not comparable"
    assert find(found, split="unseen").verdict == "unchanged"


def test_a_split_of_one_commit_only_is_not_comparable(base):
    differences = SAME | {("unseen", "other"): "other items: 24 items removed"}
    found = find(judged(base, base[base["split"] != "unseen"], differences), split="unseen")
    assert found.verdict == "not comparable"
    assert np.isnan(found.head.value)


def test_too_few_clusters_leave_it_undecided():
    few = made_scores(made_items({"val": ("seen", 20), "test": ("seen", 9)}), 1.0)
    found = find(judged(few, shifted(few, 3.0)))
    assert found.verdict == "undecided"
    assert "9 clusters, 10 needed" in found.reason


def test_one_class_alone_is_undefined(base):
    reals = base[(base["label"] == "real") | (base["split"] == "val")]
    found = find(judged(reals, reals))
    assert (found.verdict, found.reason) == ("undefined", "only reals")


def test_without_a_threshold_decisions_are_undefined(base):
    rows = base[base["split"] != "val"]
    found = judged(rows, shifted(rows, 1.5))
    assert find(found, "accuracy").verdict == "undefined"
    assert find(found, "auc").verdict == "better"


@pytest.mark.end_to_end
@settings(max_examples=5)
@given(seed=st.integers(0, 1000), order=st.randoms())
def test_the_order_of_rows_changes_nothing(seed, order):
    items = made_items({"val": ("seen", 10), "test": ("seen", 12)})
    base, head = made_scores(items, 1.0, seed), made_scores(items, 1.5, seed + 1)
    rows = list(range(len(head)))
    order.shuffle(rows)
    first, second = judged(base, head), judged(base, head.iloc[rows])
    assert [one.verdict for one in first] == [one.verdict for one in second]
    assert [one.change for one in first if one.verdict == "within noise"] == [
        one.change for one in second if one.verdict == "within noise"
    ]


@pytest.mark.slow
def test_few_of_the_changes_that_mean_nothing_get_a_verdict():
    items = made_items({"val": ("seen", 10), "test": ("seen", 60)})
    called = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        base = made_scores(items, 1.0, seed)
        head = shifted(base, 0.0, noise=1.0, seed=int(rng.integers(1 << 30)))
        twin = shifted(base, 0.0, noise=1.0, seed=int(rng.integers(1 << 30)))
        called += find(judged(twin, head)).verdict in ("better", "worse")
    assert called / 200 < 0.10


def frame_table(rows):
    return metrics_table({"frame": LevelScores(rows, 0.5)}, SETTINGS)


def test_frame_metrics_are_judged_by_their_intervals_alone(base):
    tables = {gap: frame_table(shifted(base, gap)) for gap in (0.0, 0.3, 4.0)}
    verdicts = {
        gap: find(judge_frames("net", tables[0.0], table, SAME)).verdict
        for gap, table in tables.items()
    }
    assert verdicts == {0.0: "unchanged", 0.3: "undecided", 4.0: "better"}
    lower = find(judge_frames("net", tables[0.0], tables[4.0], SAME), "equal_error_rate")
    assert lower.verdict == "better"


def test_other_numbers_of_faces_are_not_comparable(base):
    more = frame_table(pd.concat([base, base]))
    found = find(judge_frames("net", frame_table(base), more, SAME))
    assert found.verdict == "not comparable"
    assert found.reason == "80 faces before, 160 after"


def test_items_without_a_face_are_judged_beside_those_with_one(base):
    dark = base["item"].str.contains("test_00[0-4]")

    def darkened(rows):
        return rows.assign(faces=rows["faces"].mask(dark, 0), p_fake=rows["p_fake"].mask(dark, 0.5))

    found = judged(darkened(base), darkened(shifted(base, 1.5)))
    auc = [one for one in found if (one.metric, one.method) == ("auc", "all")]
    levels = {one.level: one for one in auc if one.split == "test"}
    assert set(levels) == {"video", "all_items"}
    assert levels["all_items"].base.value < levels["video"].base.value
    assert levels["all_items"].verdict == "better"
    assert {one.split for one in found if one.level == "all_items"} == {"test"}


def test_the_average_over_unseen_datasets_is_judged(base):
    second = made_scores(made_items({"unseen": ("second", 30)}), 1.0, seed=4)
    both = pd.concat([base, second], ignore_index=True)
    differences = SAME | {("unseen", "second"): "", ("unseen", "macro_average"): ""}
    found = judged(both, shifted(both, 2.0), differences)
    (average,) = (one for one in found if (one.dataset, one.metric) == ("macro_average", "auc"))
    parts = [
        one
        for one in found
        if (one.split, one.metric, one.method) == ("unseen", "auc", "all") and one != average
    ]
    assert len(parts) == 2
    assert average.change.value == pytest.approx(np.mean([one.change.value for one in parts]))
    assert average.verdict == "better"
    other = differences | {("unseen", "macro_average"): "other items"}
    (average,) = (
        one
        for one in judged(both, both, other)
        if (one.dataset, one.metric) == ("macro_average", "auc")
    )
    assert (average.verdict, average.reason) == ("not comparable", "other items")
