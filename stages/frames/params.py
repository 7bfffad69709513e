"""The section `frames` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from stages.common.params import Section

Positive = Annotated[float, Field(gt=0)]


class Frames(Section):
    """Which frames of a medium are stored, how, and what a medium may cost.

    Attributes
    ----------
    max_frames : int
        Frames a medium, at most.
    interval : float or None
        Seconds between frames; None spreads `max_frames` evenly over the clip.
    scale : {"none", "dfdetect"}
        Size of the stored frame; see `stages.frames.picture.scale_of`.
    format : {"png", "jpeg"}
        Format of the pictures inside the archive: png is lossless.
    jpeg_quality : int
        Quality of JPEG; png ignores it.
    max_failed_fraction : float
        Share of media, in [0, 1], beyond which failures end the stage.
    max_pixels : int
        Pixels of a frame beyond which a medium is refused.
    max_duration : float
        Seconds of play beyond which a medium is refused.
    max_seconds : float
        Seconds of work on one medium after which it is given up.
    """

    max_frames: Annotated[int, Field(ge=1)]
    interval: Positive | None
    scale: Literal["none", "dfdetect"]
    format: Literal["png", "jpeg"]
    jpeg_quality: Annotated[int, Field(ge=1, le=100)]
    max_failed_fraction: Annotated[float, Field(ge=0, le=1)]
    max_pixels: Annotated[int, Field(ge=1)]
    max_duration: Positive
    max_seconds: Positive
