"""The section `faces` of params.yaml."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stages.common.errors import ParamsError
from stages.common.md5 import MD5
from stages.common.numbers import Fraction, Natural, NonNegative, Positive, PositiveFraction
from stages.common.params import Section
from stages.common.registry import find

UNION = "union"
AGREEMENT = "agreement"


class Tracks(Section):
    """How the faces of an item are linked into tracks."""

    max_shift: Positive
    max_gap: Natural
    min_share: Fraction


class Crop(Section):
    """How a face is cropped."""

    scale: Annotated[float, Field(ge=1, le=5)]
    align: bool


class Landmarks(Section):
    """Where landmarks come from.

    Attributes
    ----------
    predictor : str
        File of dlib's shape predictor of 68 points; empty for the detectors' five points.
    md5 : str
        MD5 of that file.
    """

    predictor: str
    md5: MD5


NO_PREDICTOR = Landmarks(predictor="", md5="")


class FacesParams(Section):
    """Which faces are kept, and how they are cropped."""

    policy: str
    min_iou: PositiveFraction
    min_confidence: dict[str, float]
    tracks: Tracks
    min_change: NonNegative
    crop: Crop
    landmarks: Landmarks
    max_failed_fraction: Fraction


def check_detectors(params: FacesParams, detectors: Sequence[str]) -> None:
    """Check the policy and the minimum confidences against the detectors that run.

    Raises
    ------
    ParamsError
        The policy names an unknown detector or needs more of them, or a detector has no minimum
        confidence.
    """
    find("faces.policy", params.policy, dict.fromkeys([UNION, AGREEMENT, *detectors]))
    if params.policy == AGREEMENT and len(detectors) < 2:
        raise ParamsError(f"faces.policy {AGREEMENT} takes two detectors or more, not {detectors}")
    for name in detectors:
        if name not in params.min_confidence:
            raise ParamsError(
                f"faces.min_confidence.{name}: Field required, since `detectors` names it"
            )
