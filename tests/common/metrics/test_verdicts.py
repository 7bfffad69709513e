import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.common.metrics.metrics_table import MetricsParams
from stages.common.metrics.verdicts import (
    AucOnTest,
    Outcomes,
    Rule,
    VerdictParams,
    aucs_on_test,
    fit_rule,
    outcomes_on_test,
    skill_of,
)
from stages.common.params import check
from tests.support.app import made_scores

SETTINGS = check(
    {
        "ece_bins": 10,
        "intervals": {"replicates": 200, "confidence": 0.95, "min_clusters": 10, "seed": 0},
    },
    MetricsParams,
    "metrics",
)
PARAMS = VerdictParams(max_error=0.1, min_frames=3, min_face=40.0, min_sharpness=0.03)

SCORES = st.lists(st.integers(0, 20).map(lambda step: step / 20), min_size=1, max_size=40)


def rows(reals, fakes, split="val"):
    labels = ["real"] * len(reals) + ["fake"] * len(fakes)
    return pd.DataFrame({"label": labels, "p_fake": [*reals, *fakes], "split": split, "faces": 1})


@given(SCORES, st.floats(0.02, 0.5), st.floats(0.05, 0.95))
def test_of_exchangeable_clips_no_more_than_the_error_get_the_wrong_verdict(
    scores, max_error, threshold
):
    """Each of n + 1 scores in turn is new, and the rule is fitted on the others."""
    for label, wrong in (("real", "fake"), ("fake", "real")):
        errors = 0
        for new in range(len(scores)):
            others = scores[:new] + scores[new + 1 :]
            val = rows(others, [0.5]) if label == "real" else rows([0.5], others)
            errors += fit_rule(val, threshold, max_error).of(scores[new]) == wrong
        assert errors <= max_error * len(scores) + 1e-6


@given(SCORES, SCORES, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_is_never_less_suspicious(reals, fakes, one, other):
    rule = fit_rule(rows(reals, fakes), 0.5, 0.1)
    order = ["real", "undecided", "fake"]
    low, high = (order.index(rule.of(score)) for score in sorted((one, other)))
    assert low <= high


def test_no_verdict_contradicts_the_threshold_that_was_declared():
    rule = Rule(0.6, fake_above=0.3, real_below=0.9, max_error=0.1, reals=50, fakes=50)
    assert [rule.of(score) for score in (0.59, 0.6)] == ["real", "fake"]


def test_a_score_near_the_threshold_is_undecided():
    rule = fit_rule(rows(np.linspace(0, 0.6, 50), np.linspace(0.4, 1, 50)), 0.5, 0.1)
    assert [rule.of(score) for score in (0.2, 0.49, 0.51, 0.8)] == [
        "real",
        "undecided",
        "undecided",
        "fake",
    ]


def test_too_few_clips_of_val_decide_nothing():
    rule = fit_rule(rows([0.1] * 8, [0.9] * 9), 0.5, 0.1)
    assert rule.of(0.999) == "undecided", "8 reals cannot show an error of 10 %"
    assert rule.of(0.001) == "real"


def test_the_rule_knows_nothing_of_test_and_nothing_of_items_without_a_face():
    val = rows(np.linspace(0, 0.6, 50), np.linspace(0.4, 1, 50))
    faceless = rows([0.5] * 99, [0.5] * 99).assign(faces=0)
    both = pd.concat([val, rows([1.0] * 50, [0.0] * 50, "test"), faceless])
    assert fit_rule(both, 0.5, 0.1) == fit_rule(val, 0.5, 0.1)


def test_the_errors_on_test_are_counted():
    rule = Rule(0.5, fake_above=0.6, real_below=0.4, max_error=0.1, reals=9, fakes=9)
    scores = rows([0.1, 0.7, 0.5], [0.3, 0.9, 0.55, 0.45], "test")
    outcomes = outcomes_on_test(pd.concat([scores, rows([1.0], [0.0])]), rule)
    assert outcomes == Outcomes(reals=3, fakes=4, called_fake=1, called_real=1, undecided=3)
    assert (
        str(outcomes) == "called 1 of 3 real ones fake and 1 of 4 fakes real, and left 3 undecided"
    )


def test_a_good_model_may_give_verdicts():
    found = skill_of(made_scores(), made_scores(sharp=0, seed=1), 0.5, PARAMS, SETTINGS)
    assert found.doubt == ""
    (auc,) = found.aucs
    assert auc.low > 0.9
    assert auc.gain > auc.gain_low > 0


@pytest.mark.parametrize(
    ("scores", "baseline", "doubt"),
    [
        (made_scores(sharp=0), made_scores(sharp=0, seed=1), "which may be chance"),
        (made_scores(sharp=-3), made_scores(sharp=0, seed=1), "worse than chance"),
        (made_scores(seed=1), made_scores(), "does not beat the baseline that needs no network"),
        (
            made_scores(groups=(("val", 40), ("test", 4))),
            made_scores(sharp=0, seed=1, groups=(("val", 40), ("test", 4))),
            "no test set shows what it is worth (own: no interval: 4 clusters, 10 needed)",
        ),
        (
            made_scores(groups=(("val", 40),)),
            made_scores(groups=(("val", 40),)),
            "no test set shows what it is worth",
        ),
    ],
)
def test_a_model_that_shows_no_skill_on_test_may_not(scores, baseline, doubt):
    assert doubt in skill_of(scores, baseline, 0.5, PARAMS, SETTINGS).doubt


def test_one_test_set_without_skill_is_enough_for_doubt():
    good, none = made_scores(), made_scores(sharp=0, seed=2).assign(dataset="other")
    other = none.assign(target="other/" + none["target"])
    scores = pd.concat([good, other])
    baseline = scores.assign(p_fake=np.random.default_rng(0).uniform(size=len(scores)))
    doubt = skill_of(scores, baseline, 0.5, PARAMS, SETTINGS).doubt
    assert "test clips of other" in doubt
    assert "test clips of own" not in doubt


def test_the_auc_is_that_of_the_metric_table():
    from stages.common.metrics.metrics_table import LevelScores, metrics_table
    from stages.common.metrics.verdicts import aucs_of

    scores = made_scores()
    (of_table,) = aucs_of(metrics_table({"video": LevelScores(scores, 0.5)}, SETTINGS))
    (found,) = aucs_on_test(scores, made_scores(sharp=0, seed=1), SETTINGS)
    assert (found.value, found.low, found.high) == (of_table.value, of_table.low, of_table.high)
    assert of_table.doubt_by_baseline == ""


def test_an_auc_is_said_with_its_interval():
    assert str(AucOnTest("own", 0.7, 0.6, 0.8)) == "0.70 [0.60, 0.80]"
    assert str(AucOnTest("own", 0.7)) == "0.70"
