import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from stages.common.errors import InputError
from stages.common.metrics.calibration import at_prior, fit_platt
from stages.compare.ensemble import (
    MEAN,
    WEIGHTED,
    fit_ensembles,
    fit_weights,
    read_ensembles,
    with_ensembles,
    write_ensembles,
)
from tests.support.decision import RULE


def drawn(gains, groups, seed, splits=("val",), shared=0.5):
    """Scores of a real and a fake a group by models that share some of their errors.

    A model of gain g is calibrated: its log odds are normal, of mean ±g²/2 and deviation g.
    """
    rng = np.random.default_rng(seed)
    split = np.repeat(splits, 2 * groups)
    fake = np.arange(split.size) % 2 == 1
    common = rng.normal(size=fake.size)
    rows = pd.DataFrame(
        {
            "split": split,
            "label": np.where(fake, "fake", "real"),
            "target": [f"g{number // 2}" for number in range(fake.size)],
            "donor": "",
            "faces": 8,
        }
    )
    return {
        f"m{place}": rows.assign(
            p_fake=expit(
                gain**2 * (fake - 0.5)
                + gain * (shared**0.5 * common + (1 - shared) ** 0.5 * rng.normal(size=fake.size))
            )
        )
        for place, gain in enumerate(gains)
    }


def by_level(members):
    return {name: {"frame": rows, "video": rows} for name, rows in members.items()}


def thrown_away(gains, groups, equal_clusters, draws=15):
    """Share of the draws of val in which some model weighs less than 5 %."""
    least = [
        min(fit_weights(drawn(gains, groups, seed), equal_clusters).values())
        for seed in range(draws)
    ]
    return np.mean(np.array(least) < 0.05)


@pytest.mark.end_to_end
def test_twenty_groups_cannot_throw_a_model_away():
    equals, unequals = (2.0, 2.0, 2.0), (2.3, 2.0, 1.7)
    assert thrown_away(equals, 20, equal_clusters=0) > 0.25
    assert thrown_away(unequals, 20, equal_clusters=0) > 0.25
    assert thrown_away(equals, 20, equal_clusters=10) == 0
    assert thrown_away(unequals, 20, equal_clusters=10) == 0


def test_with_many_groups_the_weights_are_those_of_the_least_log_loss():
    distances = []
    for groups in (20, 500, 20_000):
        members = drawn((2.5, 1.5), groups, seed=0, shared=0.2)
        shrunk, free = fit_weights(members), fit_weights(members, equal_clusters=0)
        distances.append(abs(shrunk["m0"] - free["m0"]))
    assert distances[0] > distances[1] > distances[2]
    assert distances[2] < 0.01


def test_unshrunk_weights_have_the_least_log_loss_on_val():
    members = drawn((2.0, 1.6), 400, seed=0)
    first, second = (logit(rows["p_fake"].to_numpy()) for rows in members.values())
    fake = (members["m0"]["label"] == "fake").to_numpy()

    def loss(weight):
        pooled = weight * first + (1 - weight) * second
        return minimize_scalar(lambda bias: log_loss(fake, expit(pooled + bias))).fun

    best = minimize_scalar(loss, bounds=(0, 1), method="bounded").x
    weights = fit_weights(members, equal_clusters=0)
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["m0"] == pytest.approx(best, abs=2e-3)


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), prior=st.floats(0.01, 0.99))
def test_weights_do_not_depend_on_the_prior_that_scores_assume(seed, prior):
    members = drawn((2.0, 1.0), 15, seed)
    moved = {
        name: rows.assign(p_fake=at_prior(rows["p_fake"], 0.5, prior))
        for name, rows in members.items()
    }
    assert fit_weights(moved) == pytest.approx(fit_weights(members), abs=1e-3)


def test_test_scores_do_not_enter_weights_and_calibration():
    members = drawn((2.0, 1.5), 20, seed=0, splits=("val", "test"))
    only_val = {name: rows[rows["split"] == "val"] for name, rows in members.items()}
    both, alone = (fit_ensembles(by_level(one), ["m0", "m1"], RULE) for one in (members, only_val))
    assert both == alone


def test_the_mean_is_of_log_odds_and_calibrated_anew_on_val():
    members = drawn((2.0, 1.5), 30, seed=1)
    ensembles = fit_ensembles(by_level(members), ["m0", "m1"], RULE)
    mean = np.mean([logit(rows["p_fake"]) for rows in members.values()], axis=0)
    slope, bias = fit_platt(mean, (members["m0"]["label"] == "fake").to_numpy())
    for level in ("frame", "video"):
        found = with_ensembles(by_level(members), ensembles)[MEAN][level]
        assert found["p_fake"].to_numpy() == pytest.approx(expit(slope * mean + bias), abs=1e-5)
    assert ensembles[MEAN].weights == {"m0": 0.5, "m1": 0.5}
    assert ensembles[WEIGHTED].weights == fit_weights(members)


def test_independent_members_are_surer_together_than_their_mean():
    """Two independent pieces of evidence add up; a mean alone is half of that."""
    members = drawn((1.5, 1.5), 2000, seed=0, splits=("val", "test"), shared=0.0)
    ensembles = fit_ensembles(by_level(members), ["m0", "m1"], RULE)
    assert ensembles[MEAN].video.slope == pytest.approx(2, abs=0.2)
    together = with_ensembles(by_level(members), ensembles)[MEAN]["video"]
    tested = together[together["split"] == "test"]
    fake = tested["label"] == "fake"
    averaged = np.mean([members[name].loc[tested.index, "p_fake"] for name in members], axis=0)
    assert log_loss(fake, tested["p_fake"]) < log_loss(fake, averaged) - 0.02


def test_a_prior_holds_for_an_ensemble_too():
    members = drawn((2.0, 1.5), 30, seed=1)
    ensembles = fit_ensembles(
        by_level(members), ["m0", "m1"], RULE.model_copy(update={"prior": 0.1})
    )
    at_val = fit_ensembles(by_level(members), ["m0", "m1"], RULE)
    assert ensembles[MEAN].video.prior == 0.1
    gap = ensembles[MEAN].video.bias - at_val[MEAN].video.bias
    assert gap == pytest.approx(logit(0.1))


def test_an_item_without_a_face_has_the_prior_and_no_say():
    members = drawn((2.0, 1.5), 20, seed=0, splits=("val", "test"))
    dark = [1, 3, 5, 60]
    lacking = {name: rows.copy() for name, rows in members.items()}
    for rows in lacking.values():
        rows.loc[dark, ["faces", "p_fake"]] = 0, 0.5
    ensembles = fit_ensembles(by_level(lacking), ["m0", "m1"], RULE)
    kept = {name: rows[rows["faces"] > 0] for name, rows in lacking.items()}
    assert ensembles == fit_ensembles(by_level(kept), ["m0", "m1"], RULE)
    combined = with_ensembles(by_level(lacking), ensembles)[MEAN]["video"]
    share = 17 / 37
    assert combined.loc[dark, "p_fake"].tolist() == pytest.approx([share] * 4, abs=1e-6)


def test_one_model_is_no_ensemble():
    tables = by_level(drawn((2.0,), 10, seed=0))
    ensembles = fit_ensembles(tables, ["m0"], RULE)
    assert ensembles == {}
    assert set(with_ensembles(tables, ensembles)) == {"m0"}


def test_ensembles_are_read_as_they_were_written(tmp_path):
    ensembles = fit_ensembles(by_level(drawn((2.0, 1.5), 20, seed=0)), ["m0", "m1"], RULE)
    path = tmp_path / "ensembles.json"
    assert read_ensembles(path) == {}
    write_ensembles(path, ensembles)
    assert read_ensembles(path) == ensembles
    path.write_text('{"ensemble_mean": {}}')
    with pytest.raises(InputError, match=r"(?s)ensembles\.json holds no ensembles: .*dvc repro"):
        read_ensembles(path)
