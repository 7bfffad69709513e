"""The section `split` of params.yaml."""

from typing import Literal

from stages.common.numbers import Count, Natural
from stages.common.params import Section


class Ratios(Section):
    """Shares of the groups, as whole numbers: 8, 1, 1 is 80 %, 10 %, 10 %."""

    train: Count
    val: Count
    test: Count


class SplitParams(Section):
    """How seen datasets are split.

    Attributes
    ----------
    by : {"source", "person"}
        What is not divided: items that share a source clip, a file or a picture; or these and the
        items that show one person, as the stage `identify` finds.
    """

    seed: Natural
    by: Literal["source", "person"]
    ratios: Ratios
    official: list[str]
    same_content_two_datasets: Literal["error", "drop"]
    same_source_two_datasets: Literal["error", "drop"]
    same_picture_two_datasets: Literal["error", "drop"]
