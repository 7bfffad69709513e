"""The section `evaluate` of params.yaml."""

from typing import Annotated

from pydantic import Field

from stages.common.params import Section


class Evaluate(Section):
    """How a network is run.

    Attributes
    ----------
    batch_size : int
        Crops that go through the network at once.
    """

    batch_size: Annotated[int, Field(ge=1)]
