"""The section `faces` of params.yaml."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stages.common.errors import ParamsError
from stages.common.params import Section
from stages.common.registry import find

Fraction = Annotated[float, Field(ge=0, le=1)]

UNION = "union"
AGREEMENT = "agreement"


class Tracks(Section):
    """How faces of a medium's frames become one person's track.

    Attributes
    ----------
    max_shift : float
        Farthest move of a face's centre from one sight to the next, in sizes of the face.
    max_gap : int
        Stored frames that a track may miss before it ends.
    min_share : float
        Shorter tracks are dropped; a share of the medium's stored frames.
    """

    max_shift: Annotated[float, Field(gt=0)]
    max_gap: Annotated[int, Field(ge=0)]
    min_share: Fraction


class Crop(Section):
    """How a face is cut out.

    Attributes
    ----------
    margin : float
        Added at each side, as a share of the face's side.
    align : bool
        Turn and scale by the landmarks, where the detector has them.
    """

    margin: Annotated[float, Field(ge=0, le=2)]
    align: bool


class Faces(Section):
    """Which faces are kept, and how they are cut out.

    Attributes
    ----------
    policy : str
        Keep what any detector saw (``union``), what at least two saw (``agreement``), or what the
        detector of this name saw.
    min_iou : float
        From this overlap on, two detectors' boxes are one face.
    min_confidence : dict of str to float
        By detector, on its own scale; less sure boxes count as not seen.
    tracks : Tracks
        How faces are linked over frames.
    crop : Crop
        How they are cut out.
    max_failed_fraction : float
        Share of media that may fail before the stage does.
    """

    policy: str
    min_iou: Annotated[float, Field(gt=0, le=1)]
    min_confidence: dict[str, float]
    tracks: Tracks
    crop: Crop
    max_failed_fraction: Fraction


def check_detectors(params: Faces, detectors: Sequence[str]) -> None:
    """Hold the policy and the least confidences against the detectors that run.

    Raises
    ------
    ParamsError
        The policy names none of them, or asks for more; one of them has no least confidence.
    """
    find("faces.policy", params.policy, dict.fromkeys([UNION, AGREEMENT, *detectors]))
    if params.policy == AGREEMENT and len(detectors) < 2:
        raise ParamsError(f"faces.policy {AGREEMENT} takes two detectors or more, not {detectors}")
    for name in detectors:
        if name not in params.min_confidence:
            raise ParamsError(
                f"faces.min_confidence.{name}: Field required, since `detectors` names it"
            )
