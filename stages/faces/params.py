"""The section `faces` of params.yaml."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from stages.common.errors import ParamsError
from stages.common.md5 import MD5
from stages.common.numbers import Fraction, Natural, NonNegative, Positive, PositiveFraction
from stages.common.params import Section
from stages.common.registry import find
from stages.common.tables.detections import ALWAYS, MISSES, Second

UNION = "union"
AGREEMENT = "agreement"


class Tracks(Section):
    """How the faces of an item are linked into tracks, and which tracks are kept.

    Attributes
    ----------
    max_shift : float
        Farthest move between two observations, in sizes of the face.
    max_gap : int
        Stored frames that a person may be out of sight.
    min_share : float
        Least share of the item's frames.
    min_size : float
        Least size over that of the item's largest track: 0 keeps bystanders, 1 the largest alone.
    """

    max_shift: Positive
    max_gap: Natural
    min_share: Fraction
    min_size: Fraction


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


def check_detectors(params: FacesParams, detectors: Sequence[str], second: Second) -> None:
    """Check the policy and the minimum confidences against the detectors that run.

    Parameters
    ----------
    params : FacesParams
        The section.
    detectors : sequence of str
        Names of the detectors, in their order.
    second : {"misses", "always"}
        ``detect.second``.

    Raises
    ------
    ParamsError
        The policy names an unknown detector, needs more of them, or needs one to have searched
        every frame; or a detector has no minimum confidence.
    """
    find("faces.policy", params.policy, dict.fromkeys([UNION, AGREEMENT, *detectors]))
    if params.policy == AGREEMENT and len(detectors) < 2:
        raise ParamsError(f"faces.policy {AGREEMENT} takes two detectors or more, not {detectors}")
    if second == MISSES and params.policy not in (UNION, detectors[0]):
        raise ParamsError(
            f"faces.policy {params.policy} needs detectors that search every frame: set "
            f"detect.second to {ALWAYS}, or faces.policy to {UNION}"
        )
    for name in detectors:
        if name not in params.min_confidence:
            raise ParamsError(
                f"faces.min_confidence.{name}: Field required, since `detectors` names it"
            )
