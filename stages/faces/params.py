"""The section `faces` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from stages.common.numbers import Fraction, Natural, Positive, PositiveFraction
from stages.common.params import Section

Policy = Literal["mtcnn", "dlib", "union", "agreement"]


class MinConfidence(Section):
    """Least confidence of a box, on each detector's own scale."""

    mtcnn: Fraction
    dlib: Annotated[float, Field(ge=-2, le=10)]


class Tracks(Section):
    """How faces of a medium's frames become one person's track."""

    max_shift: Positive
    max_gap: Natural
    min_share: Fraction


class Crop(Section):
    """How a face is cut out."""

    margin: Annotated[float, Field(ge=0, le=2)]
    align: bool


class FacesParams(Section):
    """Which faces are kept, and how they are cut out."""

    policy: Policy
    min_iou: PositiveFraction
    min_confidence: MinConfidence
    tracks: Tracks
    crop: Crop
    max_failed_fraction: Fraction
