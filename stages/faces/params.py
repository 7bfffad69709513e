"""The section `faces` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from stages.common.params import Section

Fraction = Annotated[float, Field(ge=0, le=1)]
Policy = Literal["mtcnn", "dlib", "union", "agreement"]


class MinConfidence(Section):
    """Least confidence of a box, on each detector's own scale."""

    mtcnn: Fraction
    dlib: Annotated[float, Field(ge=-2, le=10)]


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
    policy : {"mtcnn", "dlib", "union", "agreement"}
        Keep what one detector saw, what either saw, or what both saw.
    min_iou : float
        From this overlap on, two detectors' boxes are one face.
    min_confidence : MinConfidence
        Less sure boxes count as not seen.
    tracks : Tracks
        How faces are linked over frames.
    crop : Crop
        How they are cut out.
    max_failed_fraction : float
        Share of media that may fail before the stage does.
    """

    policy: Policy
    min_iou: Annotated[float, Field(gt=0, le=1)]
    min_confidence: MinConfidence
    tracks: Tracks
    crop: Crop
    max_failed_fraction: Fraction
