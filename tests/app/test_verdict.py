"""The verdict on an item: that on its most suspicious person, in words."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from app.analysis import Analysis, Person
from app.evidence import Evidence
from app.verdict import words_of
from stages.common.metrics.verdicts import Outcomes, Rule, Skill, VerdictParams

BOUNDS = VerdictParams(max_error=0.1, min_frames=3, min_face=40.0, min_sharpness=0.03)
RULE = Rule(0.5, fake_above=0.6, real_below=0.4, max_error=0.1, reals=50, fakes=60)
OUTCOMES = Outcomes(reals=100, fakes=90, called_fake=4, called_real=3, undecided=12)
SEEN = Evidence(frames=8, looked_at=8, width=90.0, sharpness=0.3)


def analysis(*p_fakes, unseen=(), no_verdict="", demonstration=False, rule=RULE, frames=8):
    """Persons with these scores, of whom the `unseen` ones show too little."""
    persons = [
        Person(
            number,
            p_fake,
            replace(SEEN, frames=2) if number in unseen else SEEN,
            ["the face was found in 2 of 8 frames, 3 are needed"] if number in unseen else [],
            None if number in unseen or no_verdict else rule.of(p_fake),
        )
        for number, p_fake in enumerate(p_fakes, start=1)
    ]
    return Analysis(
        clip=SimpleNamespace(frames=pd.DataFrame({"frame": range(frames)})),
        model=SimpleNamespace(
            name="net",
            no_verdict=no_verdict,
            demonstration=demonstration,
            threshold=rule.threshold,
            skill=Skill(rule, OUTCOMES, [], no_verdict),
        ),
        bounds=BOUNDS,
        p_fake=float(np.mean(p_fakes)),
        spread=(p_fakes[0], p_fakes[0]),
        persons=persons,
        frames=dict.fromkeys(range(frames), p_fakes[0]),
        p_faces=np.array(p_fakes),
        members={"net": p_fakes[0]},
    )


@pytest.mark.parametrize(
    ("persons", "unseen", "verdict", "headline"),
    [
        ([0.9], (), "fake", "Judged to be fake"),
        ([0.1], (), "real", "Judged to be real"),
        ([0.45], (), "undecided", "Undecided"),
        ([0.55], (), "undecided", "Undecided"),
        # Four of six above the threshold, and their mean below it
        ([0.01, 0.7, 0.65, 0.01, 0.7, 0.9], (), "fake", "Judged to be fake: person 6 of 6"),
        ([0.1, 0.45, 0.2], (), "undecided", "Undecided: person 2 of 3"),
        ([0.1, 0.2], (), "real", "Judged to be real: all 2 persons"),
        (
            [0.1, 0.9, 0.2],
            (2,),
            "real",
            "Judged to be real: 2 of 3 persons; 1 of 3 show too little to judge",
        ),
        ([0.9], (1,), None, "No verdict: too little to judge by"),
        ([0.9, 0.1], (1, 2), None, "No verdict: too little to judge by"),
    ],
)
def test_the_headline_is_the_verdict_on_the_most_suspicious_person(
    persons, unseen, verdict, headline
):
    found = analysis(*persons, unseen=unseen)
    assert found.verdict == verdict
    assert words_of(found).headline == headline


@pytest.mark.parametrize("frames", [1, 8])
def test_a_picture_can_be_undecided_as_a_clip(frames):
    assert words_of(analysis(0.5, frames=frames)).kind == "undecided"


def test_an_answer_says_how_often_the_model_errs():
    said = " ".join(words_of(analysis(0.9)).sure)
    assert "called 4 of 100 real ones fake and 3 of 90 fakes real, and left 12 undecided" in said
    assert "At most 10 % of the real clips" in said
    assert "by mistake more often" not in said
    assert "the most suspicious of 2 is called fake by mistake" in " ".join(
        words_of(analysis(0.9, 0.1)).sure
    )


def test_an_undecided_one_says_what_speaks_against_either_verdict():
    assert "validation data's 50 real clips reach it" in words_of(analysis(0.55)).sure[0]
    assert "validation data's 60 fakes have one as low" in words_of(analysis(0.45)).sure[0]
    few = replace(RULE, fake_above=float("inf"), reals=5)
    assert "5 real clips, too few" in words_of(analysis(0.99, rule=few)).sure[0]


def test_too_little_to_judge_by_has_its_reason():
    words = words_of(analysis(0.9, 0.1, unseen=(1, 2)))
    assert words.sure[1] == "Person 2: the face was found in 2 of 8 frames, 3 are needed."
    assert words.looked_at[0].endswith("blurred: too little for a verdict")


@pytest.mark.parametrize("demonstration", [False, True])
def test_a_model_without_skill_gives_no_verdict_and_says_why(demonstration):
    found = analysis(0.99, no_verdict="its AUC is 0.12", demonstration=demonstration)
    words = words_of(found)
    assert found.verdict is None
    assert "this model gives scores only" in words.headline
    assert ("demonstration" in words.headline.lower()) == demonstration
    assert words.sure[0] == "It gives no verdicts, since its AUC is 0.12."
    assert "Judged" not in f"{words}"
