"""The worst value of each attribute of the tested faces, in both commits."""

from dataclasses import dataclass

from review.revision import Revision
from review.verdicts import Estimate
from stages.common import table
from stages.common.tables.errors import ERROR_METRICS, GAPS, gaps_path, part_title

_Where = tuple[str, str, str, str, str]
"""Model, split, dataset, attribute and metric."""


@dataclass(frozen=True)
class Worst:
    """The worst value of an attribute in one commit.

    Attributes
    ----------
    part : str
        The value, or a range of it.
    value : Estimate
        The metric there.
    gap : Estimate
        Its distance from the best value of the attribute.
    """

    part: str
    value: Estimate
    gap: Estimate


@dataclass(frozen=True)
class WorstValues:
    """The worst value of an attribute by one metric in both commits, None where there is no gap.

    The metric is computed by frame. The values are not paired: git has no scores of faces.
    """

    model: str
    split: str
    dataset: str
    attribute: str
    metric: str
    base: Worst | None
    head: Worst | None

    @property
    def title(self) -> str:
        """Name of the metric."""
        return f"{ERROR_METRICS[self.metric]} by frame"

    @property
    def unequal(self) -> bool:
        """Whether the values of the attribute differ by more than chance in either commit."""
        return any(side is not None and side.gap.low > 0 for side in (self.base, self.head))


def worst_values(base: Revision, head: Revision) -> list[WorstValues]:
    """Find the worst value of each attribute by each metric of each model that has a gap.

    Raises
    ------
    TableError
        A table of gaps cannot be read.
    """
    old, new = _gaps(base), _gaps(head)
    return [
        WorstValues(*where, old.get(where), new.get(where))
        for where in sorted(old.keys() | new.keys())
    ]


def _gaps(revision: Revision) -> dict[_Where, Worst]:
    found: dict[_Where, Worst] = {}
    for path in sorted((revision.folder / gaps_path("model").parent).glob("*.csv")):
        gaps = table.read(path, GAPS)
        for row in gaps[gaps["worst"] != ""].itertuples():
            where = (path.stem, row.split, row.dataset, row.attribute, row.metric)
            found[where] = Worst(
                part_title(row.worst),
                Estimate(row.worst_value, row.worst_low, row.worst_high),
                Estimate(row.gap, row.gap_low, row.gap_high),
            )
    return found
