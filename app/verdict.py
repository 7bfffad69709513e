"""Put an analysis into words, the same ones on the page, in JSON and on the command line."""

from dataclasses import dataclass
from math import isinf
from typing import TYPE_CHECKING

from stages.common.metrics.verdicts import Rule

if TYPE_CHECKING:  # the page must open before Keras is imported
    from app.analysis import Analysis, Person
    from app.models import Model

CANNOT_TELL = (
    "What this cannot tell: it looks at faces alone, frame by frame, and knows only the kinds of "
    "manipulation it was trained on. A low score does not show that a clip is genuine, and a high "
    "one is no proof: strong compression, filters and make-up can raise it. Do not judge a person "
    "by it alone."
)


@dataclass(frozen=True)
class Words:
    """An answer in words.

    Attributes
    ----------
    kind : {"fake", "real", "undecided", "too-little", "no-verdict"}
        How the page styles it.
    headline : str
        The verdict on the most suspicious person, or that there is none.
    sure : list of str
        Sentences on why, and on how sure it is.
    looked_at : list of str
        One sentence for each person, in their order.
    """

    kind: str
    headline: str
    sure: list[str]
    looked_at: list[str]


def words_of(analysis: "Analysis") -> Words:
    """Put an analysis into words."""
    persons, chosen = analysis.persons, analysis.most_suspicious
    seen = [_of_person(person, analysis) for person in persons]
    if reason := analysis.model.no_verdict:
        what = "A demonstration" if analysis.model.demonstration else "No verdict"
        headline = f"{what}: this model gives scores only"
        return Words(
            "no-verdict",
            headline,
            [f"It gives no verdicts, since {reason}.", "Its score says nothing for sure."],
            seen,
        )
    if chosen is None:
        lacking = [f"{_start(person, persons)}{'; '.join(person.lacking)}." for person in persons]
        return Words("too-little", "No verdict: too little to judge by", lacking, seen)
    kind, rule = str(chosen.verdict), analysis.model.skill.rule
    assert rule is not None
    sure = [_why(chosen, rule)]
    low, high = analysis.spread
    if len(persons) == 1 and low < rule.threshold <= high:
        sure.append("Its frames disagree: some lie above the threshold and some below it.")
    if outcomes := analysis.model.skill.outcomes:
        sure.append(f"On its test clips this model {outcomes}.")
    if (judged := sum(person.verdict is not None for person in persons)) > 1:
        sure.append(
            f"That is for one person: the most suspicious of {judged} is called fake by mistake "
            "more often."
        )
    return Words(kind, _headline(chosen, analysis), sure, seen)


def _headline(chosen: "Person", analysis: "Analysis") -> str:
    said = "Undecided" if chosen.verdict == "undecided" else f"Judged to be {chosen.verdict}"
    persons = analysis.persons
    if len(persons) == 1:
        return said
    left = sum(person.verdict is None for person in persons)
    too_little = f"; {left} of {len(persons)} show too little to judge" if left else ""
    if chosen.verdict == "real":
        count = len(persons) - left
        whom = f"all {count} persons" if not left else f"{count} of {len(persons)} persons"
        return f"{said}: {whom}{too_little}"
    return f"{said}: person {chosen.number} of {len(persons)}{too_little}"


def _why(person: "Person", rule: Rule) -> str:
    share = f"{rule.max_error:.0%}".replace("%", " %")
    if person.verdict == "fake":
        return f"At most {share} of the real clips of the validation data reach such a score."
    if person.verdict == "real":
        return f"At most {share} of the fakes of the validation data have so low a score."
    above = person.p_fake >= rule.threshold
    bound, others = (
        (rule.fake_above, f"{rule.reals} real clips reach it")
        if above
        else (rule.real_below, f"{rule.fakes} fakes have one as low")
    )
    if isinf(bound):
        kind, count = ("real clips", rule.reals) if above else ("fakes", rule.fakes)
        return (
            f"The validation data has {count} {kind}, too few for verdicts that are wrong on at "
            f"most {share} of them."
        )
    return (
        f"The score lies too near the threshold: too many of the validation data's {others} for "
        f"an error of at most {share}."
    )


def _of_person(person: "Person", analysis: "Analysis") -> str:
    described = person.evidence.described(analysis.bounds)
    said = f"Person {person.number}: {described}"
    if person.lacking:
        return f"{said}: too little for a verdict"
    return f"{said}: {person.verdict}" if person.verdict else said


def _start(person: "Person", persons: list["Person"]) -> str:
    return f"Person {person.number}: " if len(persons) > 1 else "Too little was seen: "


def score_sentences(analysis: "Analysis") -> list[str]:
    """P(fake) of the item in sentences; all numbers are on the scale of the threshold."""
    model = analysis.model
    score = f"P(fake) is {analysis.p_fake:.3f} by {model.name}"
    if len(analysis.frames) > 1:
        low, high = analysis.spread
        score += f"; single frames lie between {low:.3f} and {high:.3f} (first and last decile)"
    found = [f"{score}."]
    if len(analysis.members) > 1:
        alone = ", ".join(f"{name} {p_fake:.3f}" for name, p_fake in analysis.members.items())
        found.append(f"Its members say: {alone}.")
    if not model.no_verdict:
        found.append(f"The threshold, chosen on the validation data, is {model.threshold:.3f}.")
    return found


def model_sentences(model: "Model") -> list[str]:
    """The data of a model and how it did on test, in sentences."""
    datasets = sorted({name for each in model.members for name in each.decision.fitted_on.datasets})
    found = [f"{model.name} was validated on {', '.join(datasets)}."]
    found += [
        f"AUC by video on the test clips of {auc.dataset}: {auc}." for auc in model.skill.aucs
    ]
    if outcomes := model.skill.outcomes:
        found.append(f"On its test clips it {outcomes}.")
    return found
