"""The section `sample` of params.yaml."""

from typing import Annotated

from pydantic import Field

from stages.common.numbers import Count, Natural
from stages.common.params import Section

EvenPixels = Annotated[int, Field(ge=160, le=1920, multiple_of=2)]
"""Side of a frame; 4:2:0 video asks for even ones."""


class SampleParams(Section):
    """What the stage renders, and how much of it."""

    seed: Natural
    groups: Count
    unseen_groups: Count
    frames: Annotated[int, Field(ge=1, le=1000)]
    fps: Annotated[int, Field(ge=1, le=120)]
    width: EvenPixels
    height: EvenPixels
