"""Connected components: group items that share a name, directly or through other items."""

from collections.abc import Iterable, Sequence

import pandas as pd
from scipy.cluster.hierarchy import DisjointSet


def components(names: Iterable[Sequence[str]]) -> list[str]:
    """Name the connected component of each item; items that share a name are connected.

    Parameters
    ----------
    names : iterable of sequence of str
        The names of each item; at least one per item.

    Returns
    -------
    list of str
        The smallest name in each item's component: equal for two items if and only if they are
        connected, and independent of the order of the items.
    """
    names = [tuple(item) for item in names]
    sets = DisjointSet(name for item in names for name in item)
    for first, *others in names:
        for other in others:
            sets.merge(first, other)
    smallest = {name: min(subset) for subset in sets.subsets() for name in subset}
    return [smallest[first] for first, *_ in names]


def join_groups(items: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Merge groups that share a value in any of `columns`, such as a file or a source.

    Parameters
    ----------
    items : DataFrame
        Rows with ``group`` and `columns`.
    columns : sequence of str
        Names of the columns to compare; empty values are ignored.
    """
    values = items.melt("group", list(columns)).drop_duplicates(["group", "value"])
    sharing = values[values["value"] != ""].groupby("value")["group"].agg(list)
    groups = items["group"].unique()
    named = components([*([group] for group in groups), *sharing])[: len(groups)]
    return items.assign(group=items["group"].map(dict(zip(groups, named, strict=True))))
