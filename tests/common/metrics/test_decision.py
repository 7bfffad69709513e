"""What is fitted on val, how it decides, and how it is kept."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from stages.common.errors import InputError
from stages.common.metrics.aggregate import Aggregation
from stages.common.metrics.calibration import fit_platt
from stages.common.metrics.decision import (
    Decision,
    DecisionParams,
    FittedOn,
    Level,
    fit_decision,
    fit_level,
    prior_on_val,
    read_decision,
    write_decision,
)
from stages.common.metrics.threshold import choose_threshold

MEAN = Aggregation(method="mean", top_k=1, by="item", consistency=0.5, min_faces=1)
RULE = DecisionParams(aggregation=MEAN, prior=None, max_false_positive_rate=1.0)
DECISION = Decision(
    aggregation=MEAN,
    frame=Level(slope=0.5, bias=1.0, prior=0.5, val_share=0.5, threshold=0.4),
    video=Level(slope=2.0, bias=-1.0, prior=0.5, val_share=0.5, threshold=0.6),
    fitted_on=FittedOn(split="val", sha256="0" * 64, datasets=["a"], faces=8, items=4, groups=2),
)


@pytest.fixture
def val(tmp_path, monkeypatch):
    """Faces of val and their logits; its table is a file in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("data/split").mkdir(parents=True)
    Path("data/split/val.csv").write_text("the table\n")
    rng = np.random.default_rng(1)
    faces = pd.DataFrame(
        [
            (dataset, label, f"{label}{number}", 0, face, label, f"{dataset}/g{number}", 1.0)
            for dataset in ("b", "a")
            for number in range(15)
            for label in ("real", "fake")
            for face in range(3)
        ],
        columns=["dataset", "method", "item", "track", "frame", "label", "group", "confidence"],
    )
    return faces, rng.normal(np.where(faces["label"] == "fake", 1.0, -0.5), 1.5)


def test_frame_and_video_are_fitted_each_on_its_own_scores(val):
    faces, logits = val
    decision = fit_decision(faces, logits, RULE)
    fake = (faces["label"] == "fake").to_numpy()
    assert decision.aggregation == MEAN
    assert (decision.frame.slope, decision.frame.bias) == fit_platt(logits, fake)
    p_fake = decision.score_faces(logits)
    assert decision.frame.threshold == choose_threshold(fake, p_fake, 1.0)

    means = faces.assign(p_fake=p_fake).groupby(["dataset", "method", "item"])["p_fake"].mean()
    odds, fake_items = logit(means.to_numpy()), means.index.get_level_values("method") == "fake"
    fitted = decision.video.slope, decision.video.bias
    assert fitted == pytest.approx(fit_platt(odds, fake_items), abs=1e-3)
    videos = decision.score_items(faces.assign(p_fake=p_fake))
    assert decision.video.threshold == pytest.approx(
        choose_threshold(fake_items, videos["p_fake"].to_numpy(), 1.0), abs=1e-3
    )
    assert decision.video != decision.frame


def test_a_decision_says_what_it_was_fitted_on(val):
    faces, logits = val
    assert fit_decision(faces, logits, RULE).fitted_on == FittedOn(
        split="val",
        sha256=hashlib.sha256(b"the table\n").hexdigest(),
        datasets=["a", "b"],
        faces=180,
        items=60,
        groups=30,
    )


def test_the_bound_on_false_alarms_holds_at_both_levels(val):
    faces, logits = val
    rule = DecisionParams(aggregation=MEAN, prior=None, max_false_positive_rate=0.05)
    decision = fit_decision(faces, logits, rule)
    frames = faces.assign(p_fake=decision.score_faces(logits))
    videos = decision.score_items(frames)
    for scores, level, label in (
        (frames, decision.frame, frames["label"]),
        (videos, decision.video, videos["method"]),
    ):
        assert (scores.loc[label == "real", "p_fake"] >= level.threshold).mean() <= 0.05
        assert (scores.loc[label == "fake", "p_fake"] >= level.threshold).any()


@pytest.mark.parametrize(("labels", "found"), [(["real"], "real"), ([], "none")])
def test_val_of_one_class_is_an_error_that_names_it(val, labels, found):
    faces, logits = val
    kept = faces["label"].isin(labels)
    with pytest.raises(InputError) as error:
        fit_decision(faces[kept], logits[kept], RULE)
    assert str(error.value) == (
        "data/split/val.csv: calibration and threshold need real and fake faces, found only "
        f"{found}; use more groups"
    )


def test_slope_and_bias_act_on_log_odds():
    scores = DECISION.score_faces(np.array([-4.0, 0.0, 2.0]))
    assert scores == pytest.approx(expit([-1.0, 1.0, 2.0]), abs=1e-6)
    assert scores.dtype == np.float64
    faces = pd.DataFrame(
        {"dataset": "a", "method": "m", "item": ["x", "x", "y"], "track": 0, "confidence": 1.0}
    ).assign(p_fake=[0.2, 0.4, 0.9])
    items = DECISION.score_items(faces)
    assert items.columns.tolist() == ["dataset", "method", "item", "faces", "p_fake"]
    assert items["faces"].tolist() == [2, 1]
    assert items["p_fake"].tolist() == pytest.approx(expit(2 * logit([0.3, 0.9]) - 1), abs=1e-6)


def test_a_decision_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "models/net/decision.json"
    write_decision(path, DECISION)
    assert read_decision(path) == DECISION
    assert path.read_text().startswith('{\n  "aggregation": {\n    "method": "mean",\n')
    assert path.read_text().endswith("}\n")
    write_decision(path, DECISION)  # the folder may be there


def test_what_is_no_decision_is_named(tmp_path):
    path = tmp_path / "decision.json"
    with pytest.raises(InputError, match=r"decision\.json is missing: run `dvc repro`"):
        read_decision(path)
    path.write_text('{"frame": 1}')
    with pytest.raises(InputError, match=r"decision\.json is no decision: .*"):
        read_decision(path)


def test_only_what_knows_the_sample_alone_is_a_demonstration():
    for datasets, expected in ((["sample"], True), (["sample", "a"], False), (["a"], False)):
        assert (
            DECISION.fitted_on.model_copy(update={"datasets": datasets}).demonstration is expected
        )


def test_val_says_which_share_of_fakes_is_assumed_unless_a_prior_is_given(val):
    faces, logits = val
    kept = ~((faces["label"] == "real") & faces["item"].str.contains("[5-9]"))
    decision = fit_decision(faces[kept], logits[kept], RULE)
    share = (faces.loc[kept, "label"] == "fake").mean()
    assert decision.frame.prior == decision.frame.val_share == pytest.approx(share)
    assert decision.video.undecided == pytest.approx(share, abs=1e-6)
    assert decision.score_faces(logits[kept]).mean() == pytest.approx(share, abs=0.01)

    rare = fit_decision(faces[kept], logits[kept], RULE.model_copy(update={"prior": 0.01}))
    assert rare.video.prior == rare.frame.prior == 0.01
    assert rare.video.undecided == 0.01
    assert rare.frame.val_share == decision.frame.val_share
    assert rare.frame.slope == decision.frame.slope
    gap = logit(0.01) - logit(share)
    assert rare.frame.bias - decision.frame.bias == pytest.approx(gap)


def test_a_prior_moves_the_scores_of_items_and_keeps_their_order_and_verdicts(val):
    faces, logits = val
    at_val, rare = (
        fit_decision(faces, logits, RULE.model_copy(update={"prior": prior}))
        for prior in (None, 0.05)
    )
    before, after = (
        one.score_items(faces.assign(p_fake=one.score_faces(logits))) for one in (at_val, rare)
    )
    gap = logit(after["p_fake"]) - logit(before["p_fake"])
    assert gap.to_numpy() == pytest.approx(logit(0.05), abs=0.01)
    called = [
        (scores["p_fake"] >= one.video.threshold).tolist()
        for scores, one in ((before, at_val), (after, rare))
    ]
    assert called[0] == called[1]


@given(seed=st.integers(0, 1000), prior=st.floats(0.001, 0.999))
def test_what_was_before_calibration_is_found_again(seed, prior):
    rng = np.random.default_rng(seed)
    fake = rng.random(50) < 0.7
    fake[:2] = True, False
    logits = rng.normal(2.0 * fake, 1.0)
    level = fit_level(logits, fake, RULE.model_copy(update={"prior": prior}))
    middle = np.abs(level.slope * logits + level.bias) < 6
    found = level.uncalibrated(level.calibrate(logits))
    assert found[middle] == pytest.approx(expit(logits)[middle], abs=2e-3)


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1])
def test_a_prior_that_leaves_nothing_open_is_refused(prior):
    with pytest.raises(ValueError, match="prior"):
        DecisionParams(aggregation=MEAN, prior=prior, max_false_positive_rate=1.0)


def test_the_prior_is_declared_or_the_share_of_fakes_in_val():
    rows = pd.DataFrame({"split": ["val"] * 4 + ["test"], "label": ["fake", *["real"] * 3, "fake"]})
    assert prior_on_val(rows, None) == 0.25
    assert prior_on_val(rows, 0.01) == 0.01
    assert np.isnan(prior_on_val(rows[rows["label"] == "fake"], None))
