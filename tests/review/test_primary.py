"""The bottom line that `review.primary` states."""

from dataclasses import replace

import pytest

from review.primary import bottom_line, primary
from review.verdicts import Estimate, Judgement
from stages.common.tables.metrics import MACRO_AVERAGE

NOISE = Judgement(
    model="net",
    level="video",
    split="unseen",
    dataset="other",
    method="all",
    metric="auc",
    base=Estimate(0.8, 0.7, 0.9),
    head=Estimate(0.81, 0.7, 0.9),
    change=Estimate(0.01, -0.02, 0.03),
    verdict="within noise",
    reason="",
)
BETTER = replace(NOISE, verdict="better", change=Estimate(0.03, 0.01, 0.05))
MACRO = replace(BETTER, dataset=MACRO_AVERAGE)
TEST = replace(NOISE, split="test", dataset="seen")


def test_the_macro_average_decides_if_there_is_one_else_the_unseen_dataset_else_test():
    assert primary([TEST, NOISE, MACRO], ["net"]) is MACRO
    assert primary([TEST, NOISE], ["net"]) is NOISE
    assert primary([TEST], ["net"]) is TEST


def test_where_the_metric_does_not_exist_another_dataset_decides():
    assert primary([replace(NOISE, verdict="undefined"), TEST], ["net"]) is TEST


def test_the_model_is_the_ensemble_else_the_last_backbone_as_in_the_app():
    ensemble, other = replace(NOISE, model="ensemble_mean"), replace(NOISE, model="other")
    assert primary([NOISE, other, ensemble], ["net", "other"]) is ensemble
    assert primary([NOISE, other], ["other", "net"]) is NOISE
    assert primary([replace(NOISE, model="baseline")], ["net"]) is None


def test_other_levels_metrics_methods_and_val_do_not_decide():
    astray = [
        replace(NOISE, level="frame"),
        replace(NOISE, metric="ece"),
        replace(NOISE, method="swap"),
        replace(NOISE, split="val"),
    ]
    assert primary(astray, ["net"]) is None


WORSE = replace(TEST, metric="equal_error_rate", verdict="worse", change=Estimate(0.1, 0.05, 0.2))


@pytest.mark.parametrize(
    ("deciding", "others", "text"),
    [
        (
            MACRO,
            [TEST],
            "Unseen macro AUC by video (net): better by 0.030 [0.010, 0.050]; nothing worse",
        ),
        (
            replace(MACRO, verdict="worse", change=Estimate(-0.03, -0.05, -0.01)),
            [TEST, WORSE],
            "Unseen macro AUC by video (net): worse by 0.030 [0.010, 0.050]; "
            "1 worse: test EER by video on seen (net)",
        ),
        (
            NOISE,
            [BETTER, TEST],
            "Unseen AUC by video on other (net): within noise, +0.010 [-0.020, +0.030]; "
            "1 of 2 other headline metrics better, nothing worse",
        ),
        (
            replace(NOISE, verdict="unchanged"),
            [],
            "Unseen AUC by video on other (net): unchanged at 0.810; nothing else can be compared",
        ),
        (
            replace(NOISE, verdict="not comparable", reason="other items"),
            [replace(TEST, verdict="undecided")],
            "Unseen AUC by video on other (net): not comparable (other items); "
            "nothing else can be compared",
        ),
    ],
)
def test_the_bottom_line(deciding, others, text):
    assert bottom_line(deciding, [deciding, *others]) == text


def test_without_a_model_in_both_commits_it_says_so():
    assert "no verdict" in bottom_line(None, [])


def test_of_many_worse_metrics_the_first_are_named_and_the_rest_counted():
    line = bottom_line(MACRO, [replace(WORSE, model=f"net_{number}") for number in range(9)])
    assert line.count("test EER") == 3
    assert line.endswith("and 6 more")
