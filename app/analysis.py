"""Score an item as a whole, per person, per frame and per face, and judge each person."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from app.clip import Clip, read_clip
from app.evidence import Evidence
from app.models import Model
from stages.common.metrics.verdicts import Verdict, VerdictParams
from stages.common.params import load
from stages.common.table import KEY
from stages.faces.preprocessing import Preprocessing

_SPREAD = (0.1, 0.9)

_SUSPICION = {"fake": 2, "undecided": 1, "real": 0}


@dataclass(frozen=True)
class Person:
    """One tracked person of an item.

    Attributes
    ----------
    number : int
        From 1; the longest track comes first.
    p_fake : float
        P(fake) of this person alone.
    evidence : Evidence
        What was seen of the person.
    lacking : list of str
        What falls short of the evidence that a verdict needs.
    verdict : {"fake", "real", "undecided"} or None
        None if the evidence is too little, or the model gives no verdicts.
    """

    number: int
    p_fake: float
    evidence: Evidence
    lacking: list[str]
    verdict: Verdict | None


@dataclass(frozen=True)
class Analysis:
    """The scores and faces of an item.

    All scores are on one scale: that of an item which shows nothing but the part that is scored.

    Attributes
    ----------
    clip : Clip
        Its frames, faces and crops.
    model : Model
        The model that scored it.
    bounds : VerdictParams
        The evidence that a verdict needs.
    p_fake : float
        P(fake) of the item, equal to the score that `evaluate` would give it.
    spread : tuple of float
        First and last decile of the single-frame scores.
    persons : list of Person
        In the order of their tracks.
    frames : dict of int to float
        Score of each frame on its own, by frame index; frames without a face are absent.
    p_faces : ndarray of float, shape (n,)
        P(fake) of each row of ``clip.faces``.
    members : dict of str to float
        P(fake) of the item by each member of the model.
    """

    clip: Clip
    model: Model
    bounds: VerdictParams
    p_fake: float
    spread: tuple[float, float]
    persons: list[Person]
    frames: dict[int, float]
    p_faces: np.ndarray
    members: dict[str, float]

    @cached_property
    def most_suspicious(self) -> Person | None:
        """The person whose verdict is the item's; None if nobody is judged."""
        judged = [person for person in self.persons if person.verdict]
        return max(
            judged,
            key=lambda person: (_SUSPICION[str(person.verdict)], person.p_fake),
            default=None,
        )

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the most suspicious person; None if nobody is judged."""
        return self.most_suspicious.verdict if self.most_suspicious else None


def analyse(path: Path, model: Model, preprocessing: Preprocessing) -> Analysis:
    """Score a clip or picture.

    Raises
    ------
    NoFace, ItemError
        See `app.clip.read_clip`.
    """
    return score(read_clip(path, preprocessing), model)


def score(clip: Clip, model: Model) -> Analysis:
    """Score the faces of a clip, aggregate the scores, and judge each person."""
    faces, by_member = clip.faces, model.score_faces(clip.crops)

    def scores(part: pd.Series | pd.Index | int) -> pd.DataFrame:
        """P(fake) of each `part` of the faces, scored as if it were a separate item."""
        keyed = faces.assign(**dict.fromkeys(KEY, "")).assign(item=part)
        return model.score_items(keyed, by_member)

    whole = scores(0).iloc[0]
    frames = scores(faces["frame"])
    p_faces = scores(faces.index).set_index("item")["p_fake"].loc[faces.index].to_numpy()
    low, high = np.quantile(frames["p_fake"], _SPREAD).round(6).tolist()
    bounds = load("verdict", VerdictParams)
    return Analysis(
        clip=clip,
        model=model,
        bounds=bounds,
        p_fake=float(whole["p_fake"]),
        spread=(low, high),
        persons=[
            _person(row.item, row.p_fake, clip, model, bounds)
            for row in scores(faces["track"]).itertuples()
        ],
        frames=dict(zip(frames["item"], frames["p_fake"], strict=True)),
        p_faces=p_faces,
        members=whole[[member.name for member in model.members]].to_dict(),
    )


def _person(track: int, p_fake: float, clip: Clip, model: Model, bounds: VerdictParams) -> Person:
    own = (clip.faces["track"] == track).to_numpy()
    widths = clip.faces["width"] / clip.faces["frame"].map(scales(clip))
    evidence = Evidence(
        frames=clip.seen[track],
        looked_at=len(clip.frames),
        width=float(widths[own].median()),
        sharpness=float(np.median(clip.sharpness[own])),
    )
    lacking = evidence.lacks(bounds)
    rule = None if model.no_verdict or lacking else model.skill.rule
    return Person(track + 1, p_fake, evidence, lacking, rule.of(p_fake) if rule else None)


def scales(clip: Clip) -> dict[int, float]:
    """Scale of each stored frame relative to the frame in the file, by frame index."""
    return dict(zip(clip.frames["frame"], clip.frames["scale"], strict=True))
