"""The section `explain` of params.yaml."""

from typing import Annotated

from pydantic import Field

from stages.common.params import Section


class Explain(Section):
    """What is shown.

    Attributes
    ----------
    cases : int
        Media on each contact sheet.
    parts : int
        Equally full parts into which a measured attribute is cut.
    """

    cases: Annotated[int, Field(ge=1, le=100)]
    parts: Annotated[int, Field(ge=2, le=10)]
