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


def join_groups(items: pd.DataFrame) -> pd.DataFrame:
    """Merge groups that contain the same file.

    Parameters
    ----------
    items : DataFrame
        Rows with ``md5`` and ``group``.

    Returns
    -------
    DataFrame
        `items` with the merged ``group``.
    """
    groups = items.groupby("md5")["group"].agg(lambda of_one_file: sorted(set(of_one_file)))
    joined = dict(zip(groups.index, components(groups), strict=True))
    return items.assign(group=items["md5"].map(joined))
