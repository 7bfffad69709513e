"""Put an analysis into words for the visitor."""

from dataclasses import dataclass

from app.analysis import Analysis

CANNOT_TELL = (
    "What this cannot tell: it looks at faces alone, frame by frame, and knows only the kinds of "
    "manipulation it was trained on. A low score does not show that a clip is genuine, and a high "
    "one is no proof: strong compression, filters and make-up can raise it. Do not judge a person "
    "by it alone."
)


@dataclass(frozen=True)
class Verdict:
    """A verdict in words.

    Attributes
    ----------
    kind : {"fake", "real", "unsure", "demonstration"}
        How the page styles it.
    headline : str
        The verdict.
    details : list of str
        Sentences on its certainty and limits.
    """

    kind: str
    headline: str
    details: list[str]


def verdict_of(analysis: Analysis) -> Verdict:
    """Derive the verdict of an analysis."""
    low, high = analysis.spread
    score = f"P(fake) is {analysis.p_fake:.2f} by {analysis.model}"
    if len(analysis.frames) > 1:
        score += f"; single frames lie between {low:.2f} and {high:.2f}"
    details = [score + "."]
    if len(analysis.members) > 1:
        alone = ", ".join(f"{name} {p_fake:.2f}" for name, p_fake in analysis.members.items())
        details.append(f"Its members say: {alone}.")
    if len(analysis.persons) > 1:
        details.append(
            f"{len(analysis.persons)} persons were found; each has a score of their own below."
        )
    if analysis.demonstration:
        return Verdict(
            "demonstration",
            "A demonstration: scores, no verdict",
            [
                *details,
                "This model has seen nothing but the made-up faces of the embedded sample. What "
                "it says of other faces means nothing.",
            ],
        )
    fake = analysis.verdict == "fake"
    side = "reaches" if fake else "stays below"
    details.append(
        f"The score {side} the model's threshold of {analysis.threshold:.2f}, which was chosen "
        "on its validation data."
    )
    if low < analysis.threshold <= high:
        details.append("Some frames lie above the threshold and some below it.")
        headline = "Rather fake than real" if fake else "Rather real than fake"
        return Verdict("unsure", f"{headline}, but the frames disagree", details)
    return Verdict(
        "fake" if fake else "real", "Judged to be fake" if fake else "Judged to be real", details
    )
