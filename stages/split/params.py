"""The section `split` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from stages.common.params import Section

Share = Annotated[int, Field(ge=1)]


class Ratios(Section):
    """Shares of the groups, as whole numbers: 8, 1, 1 is 80 %, 10 %, 10 %."""

    train: Share
    val: Share
    test: Share


class Split(Section):
    """How seen datasets are split.

    Attributes
    ----------
    seed : int
        Which groups go where; another seed gives another split of the same sizes.
    ratios : Ratios
        Shares of train, val and test.
    official : list of str
        Datasets whose owners' split is taken as it is.
    same_content_two_datasets : {"error", "drop"}
        Equal files in a seen dataset and another: `drop` keeps the first of seen datasets, and
        takes away from an unseen one what train or val holds.
    """

    seed: Annotated[int, Field(ge=0)]
    ratios: Ratios
    official: list[str]
    same_content_two_datasets: Literal["error", "drop"]
