"""The section `robustness` of params.yaml."""

from typing import Annotated

from pydantic import Field

from stages.common.params import Section


class Robustness(Section):
    """What is degraded.

    Attributes
    ----------
    groups : int
        Groups of the test split that are taken; all, if there are fewer.
    faces : int
        Faces of each of their media, evenly spaced over its time.
    seed : int
        Draws the groups, the noise and the blocks.
    """

    groups: Annotated[int, Field(ge=2)]
    faces: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
