"""The section `robustness` of params.yaml."""

from typing import Annotated

from pydantic import Field

from stages.common.numbers import Count, Natural
from stages.common.params import Section


class RobustnessParams(Section):
    """Number of groups and faces of the test split to degrade, and the seed of the draw."""

    groups: Annotated[int, Field(ge=2)]
    faces: Count
    seed: Natural
