"""The section `sample` of params.yaml."""

from typing import Annotated

from pydantic import Field

from stages.common.params import Section

EvenPixels = Annotated[int, Field(ge=160, le=1920, multiple_of=2)]


class Sample(Section):
    """What is rendered, and how much of it.

    Attributes
    ----------
    seed : int
        Root of every random draw.
    groups, unseen_groups : int
        Groups (one pristine clip and one fake made from it) of each dataset.
    frames : int
        Frames of a clip.
    fps : int
        Frames a second.
    width, height : int
        Size of a frame in pixels; even, as 4:2:0 video asks for.
    """

    seed: Annotated[int, Field(ge=0)]
    groups: Annotated[int, Field(ge=1)]
    unseen_groups: Annotated[int, Field(ge=1)]
    frames: Annotated[int, Field(ge=1, le=1000)]
    fps: Annotated[int, Field(ge=1, le=120)]
    width: EvenPixels
    height: EvenPixels
