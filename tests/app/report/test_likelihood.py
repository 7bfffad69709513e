"""What `app.report.likelihood` makes of a model's scores."""

import numpy as np
import pytest
from scipy.special import expit, logit

from app.report.likelihood import estimate
from app.report.tippett import tippett
from stages.common.metrics.bootstrap import Intervals
from stages.common.metrics.likelihood_ratio import cllr, min_cllr
from stages.common.metrics.metrics_table import MetricsParams
from tests.support.app import made_scores

METRICS = MetricsParams(
    ece_bins=15, intervals=Intervals(replicates=100, confidence=0.95, min_clusters=10, seed=0)
)
SCORES = made_scores()


@pytest.fixture(scope="module")
def ratios():
    return estimate(SCORES, 0.5, METRICS)


def test_the_figures_are_those_of_test_and_the_bounds_those_of_val(ratios):
    ratios = ratios.about
    test = SCORES[SCORES["split"] == "test"]
    fake = (test["label"] == "fake").to_numpy()
    bounds = np.log(10) * np.array([ratios.log10_low, ratios.log10_high])
    log_lr = np.clip(logit(test["p_fake"].to_numpy()), *bounds)
    assert ratios.cllr.value == pytest.approx(cllr(fake, log_lr), abs=1e-3)
    assert ratios.min_cllr.value == pytest.approx(min_cllr(fake, log_lr), abs=1e-3)
    assert ratios.cllr.low < ratios.cllr.value < ratios.cllr.high
    assert ratios.misleading_fakes == (log_lr[fake] < 0).sum()
    assert ratios.misleading_reals == (log_lr[~fake] > 0).sum()
    assert -np.log10(42) < ratios.log10_low < 0 < ratios.log10_high < np.log10(42)


def test_the_population_is_named_with_its_counts(ratios):
    ratios = ratios.about
    (val,), (test,) = ratios.estimated_on, ratios.tested_on
    assert (val.dataset, val.reals, val.fakes, val.groups, val.methods) == (
        "own", 40, 40, 40, ["swap"],
    )  # fmt: skip
    assert test == val
    assert "40 fakes (by swap) with 40 genuine items, all of the dataset own" in ratios.relevance


def test_items_without_a_face_do_not_count():
    faceless = SCORES.assign(faces=np.where(np.arange(len(SCORES)) < 10, 0, 4))
    (val,) = estimate(faceless, 0.5, METRICS).about.estimated_on
    assert val.reals + val.fakes == 70


@pytest.mark.parametrize("prior", [0.03, 0.6, 0.97])
def test_a_ratio_does_not_depend_on_the_prior(ratios, prior):
    def shifted(p_fake):
        return expit(logit(p_fake) + logit(prior))

    others = estimate(SCORES.assign(p_fake=shifted(SCORES["p_fake"])), prior, METRICS)
    assert others.about.cllr.value == pytest.approx(ratios.about.cllr.value, abs=1e-3)
    for p_fake in (0.001, 0.2, 0.5, 0.9, 0.999):
        expected = ratios.of(p_fake).log10
        assert others.of(shifted(p_fake)).log10 == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("p_fake", "sentence"),
    [
        (0.5, "The score is about as probable either way (ratio 1): no support for either."),
        (0.75, "The score is 3.0 times as probable if the face is manipulated as if it is genuine: "
         "weak support for manipulated."),
        (0.2, "The score is 4.0 times as probable if the face is genuine as if it is manipulated: "
         "weak support for genuine."),
    ],
)  # fmt: skip
def test_a_ratio_in_words(ratios, p_fake, sentence):
    assert ratios.of(p_fake).sentence == sentence


@pytest.mark.parametrize("p_fake", [1e-6, 1 - 1e-6])
def test_a_ratio_ends_at_its_bound_and_says_so(ratios, p_fake):
    found = ratios.of(p_fake)
    assert found.log10 in (ratios.about.log10_low, ratios.about.log10_high)
    assert abs(found.log10_unbounded) == pytest.approx(6, abs=0.01)
    assert "too small to bear out more" in found.sentence


def test_fewer_items_of_val_allow_less(ratios):
    few = estimate(made_scores(groups=(("val", 5), ("test", 40))), 0.5, METRICS).about
    assert few.log10_high < ratios.about.log10_high
    assert few.log10_high <= np.log10(6)


def test_a_tippett_plot_falls_from_all_to_none(ratios):
    ratios = ratios.about
    for shares in (ratios.tippett.fakes, ratios.tippett.reals):
        assert (shares[0], shares[-1]) == (1, 0)
        assert sorted(shares, reverse=True) == shares
    drawn = tippett(ratios, {1: 0.3, 3: -0.2})
    assert drawn.count("<polyline") == 2
    assert drawn.count('class="case"') == 2
    assert ">person 3<" in drawn
