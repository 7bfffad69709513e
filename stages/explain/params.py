"""The section `explain` of params.yaml."""

from typing import Annotated

from pydantic import Field

from stages.common.params import Section


class ExplainParams(Section):
    """Number of cases per contact sheet and of bins per attribute."""

    cases: Annotated[int, Field(ge=1, le=100)]
    parts: Annotated[int, Field(ge=2, le=10)]
