"""Connected components: things that share a name belong together, and so do their companions."""

from collections.abc import Iterable, Sequence

from scipy.cluster.hierarchy import DisjointSet


def components(names: Iterable[Sequence[str]]) -> list[str]:
    """Name the component of each item, where items that share a name are connected.

    Parameters
    ----------
    names : iterable of sequence of str
        The names of each item, at least one.

    Returns
    -------
    list of str
        For each item the smallest name of its component: equal if and only if connected,
        whatever the order of the items.
    """
    names = [tuple(item) for item in names]
    sets = DisjointSet(name for item in names for name in item)
    for first, *others in names:
        for other in others:
            sets.merge(first, other)
    smallest = {name: min(subset) for subset in sets.subsets() for name in subset}
    return [smallest[first] for first, *_ in names]
