"""The section `frames` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from stages.common.clips import ClipParams
from stages.common.numbers import Count, Fraction, Positive
from stages.common.params import Section


class FramesParams(Section):
    """Which frames of an item are stored, in which form, and the limits on an item."""

    max_frames: Count
    interval: Positive | None
    clip: ClipParams
    scale: Literal["none", "dfdetect"]
    format: Literal["png", "jpeg"]
    jpeg_quality: Annotated[int, Field(ge=1, le=100)]
    max_failed_fraction: Fraction
    max_pixels: Count
    max_duration: Positive
    max_seconds: Positive
