"""Score an item as a whole, per person, per frame and per face."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from app.clip import Clip, Preprocessing, read_clip
from app.models import Model
from stages.common.table import KEY

Verdict = Literal["fake", "real"]

_SPREAD = (0.1, 0.9)


@dataclass(frozen=True)
class Person:
    """One tracked person of an item.

    Attributes
    ----------
    track : int
        Number of the track; the longest track comes first.
    faces : int
        Number of frames in which the person was found.
    p_fake : float
        P(fake) of this person alone.
    """

    track: int
    faces: int
    p_fake: float


@dataclass(frozen=True)
class Analysis:
    """The scores and faces of an item.

    Attributes
    ----------
    clip : Clip
        Its frames, faces and crops.
    model : str
        Name of the model that scored it.
    demonstration : bool
        Whether the model was trained on the embedded sample only.
    threshold : float
        Scores at or above it are called fake.
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
    model: str
    demonstration: bool
    threshold: float
    p_fake: float
    spread: tuple[float, float]
    persons: list[Person]
    frames: dict[int, float]
    p_faces: np.ndarray
    members: dict[str, float]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict at the stored threshold; None for a demonstration model."""
        if self.demonstration:
            return None
        return "fake" if self.p_fake >= self.threshold else "real"


def analyse(path: Path, model: Model, preprocessing: Preprocessing) -> Analysis:
    """Score a clip or picture.

    Raises
    ------
    NoFace, ItemError
        See `app.clip.read_clip`.
    """
    return score(read_clip(path, preprocessing), model)


def score(clip: Clip, model: Model) -> Analysis:
    """Score the faces of a clip and aggregate the scores."""
    faces, by_member = clip.faces, model.score_faces(clip.crops)

    def scores(part: pd.Series | int) -> pd.DataFrame:
        """P(fake) of each `part` of the faces, scored as if it were a separate item."""
        keyed = faces.assign(**dict.fromkeys(KEY, "")).assign(item=part)
        return model.score_items(keyed, by_member)

    whole = scores(0).iloc[0]
    frames, persons = scores(faces["frame"]), scores(faces["track"])
    low, high = np.quantile(frames["p_fake"], _SPREAD).round(6).tolist()
    return Analysis(
        clip=clip,
        model=model.name,
        demonstration=model.demonstration,
        threshold=model.threshold,
        p_fake=float(whole["p_fake"]),
        spread=(low, high),
        persons=[Person(*row) for row in persons[["item", "faces", "p_fake"]].itertuples(False)],
        frames=dict(zip(frames["item"], frames["p_fake"], strict=True)),
        p_faces=model.pool_faces(by_member),
        members=whole[[member.name for member in model.members]].to_dict(),
    )


def as_json(analysis: Analysis) -> dict[str, Any]:
    """The dict that ``--json`` prints and the web page's API returns."""
    faces = analysis.clip.faces.assign(p_fake=analysis.p_faces)
    scale = _scales(analysis.clip)
    return {
        "model": analysis.model,
        "p_fake": analysis.p_fake,
        "spread": list(analysis.spread),
        "verdict": analysis.verdict,
        "threshold": analysis.threshold,
        "demonstration": analysis.demonstration,
        "remarks": analysis.clip.remarks,
        "members": analysis.members,
        "frames": [
            {"frame": frame, "time": round(time, 6), "p_fake": analysis.frames.get(frame)}
            for frame, time in zip(
                analysis.clip.frames["frame"], analysis.clip.frames["time"], strict=True
            )
        ],
        "persons": [
            {"person": person.track, "frames": person.faces, "p_fake": person.p_fake}
            for person in analysis.persons
        ],
        "faces": [
            {
                "person": int(face.track),
                "frame": int(face.frame),
                "time": round(face.time, 6),
                "box": [
                    round(side / scale[face.frame], 2)
                    for side in (face.x, face.y, face.width, face.height)
                ],
                "confidence": face.confidence,
                "p_fake": face.p_fake,
            }
            for face in faces.itertuples()
        ],
    }


def _scales(clip: Clip) -> dict[int, float]:
    """Scale of each stored frame relative to the frame in the file, by frame index."""
    return dict(zip(clip.frames["frame"], clip.frames["scale"], strict=True))
