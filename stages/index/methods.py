"""Choose the manipulation methods of a dataset."""

from collections.abc import Collection, Sequence

from stages.common.errors import ParamsError
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped


def pick_methods(
    listed: Sequence[ListedItem | Skipped], methods: Collection[str], dataset: str
) -> list[ListedItem | Skipped]:
    """Skip the fakes of every other method; reals always stay.

    Parameters
    ----------
    listed : sequence of ListedItem or Skipped
        Every file that the layout knows.
    methods : collection of str
        The methods to take; ``real`` alone takes no fakes.
    dataset : str
        Its name, for the message.

    Raises
    ------
    ParamsError
        The dataset has no fakes of one of `methods`.
    """
    known = {item.method for item in listed if isinstance(item, ListedItem) and item.label == FAKE}
    if unknown := sorted(set(methods) - known - {REAL}):
        raise ParamsError(
            f"params.yaml: datasets.{dataset}.methods names {unknown[0]!r}; "
            f"data/raw/{dataset} has fakes of {', '.join(sorted(known)) or 'no method'}"
        )
    return [
        Skipped(item.path)
        if isinstance(item, ListedItem) and item.label == FAKE and item.method not in methods
        else item
        for item in listed
    ]
