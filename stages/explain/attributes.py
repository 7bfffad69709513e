"""Attributes of faces: what the dataset says of their items, and what was measured on them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from stages.common.attributes import from_text

MEASURED = ("brightness", "detail", "face_size")

_MOST_VALUES = 20
"""Values of an attribute, beyond which those of too few clusters are one part."""


@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute of the faces of a dataset.

    Attributes
    ----------
    name : str
        Such as ``method``; see `stages.common.tables.errors.ERRORS`.
    parts : Series of str
        The part of each face: the attribute's value, or a range of it; empty where it has none.
    others : str
        The part of the values that have too few clusters each; empty if there is none.
    """

    name: str
    parts: pd.Series
    others: str = ""


def attributes_of(faces: pd.DataFrame, ranges: int, min_clusters: int) -> Iterator[Attribute]:
    """Yield the attributes by which the errors on the faces of one dataset are broken down.

    Parameters
    ----------
    faces : DataFrame
        With ``label``, ``method``, ``seen_by``, ``target``, ``attributes`` and `MEASURED`.
    ranges : int
        Number of quantile bins of each measured attribute.
    min_clusters : int
        Values with fewer targets than this are lumped if an attribute has many.
    """
    yield Attribute("all", pd.Series("all", faces.index))
    # Of a real, the column says that it is one
    yield Attribute("method", faces["method"].where(faces["label"] == "fake", ""))
    yield Attribute("seen_by", faces["seen_by"])
    for name in MEASURED:
        yield Attribute(name, _ranges(faces[name], ranges))
    known = {text: from_text(text) for text in faces["attributes"].unique()}
    for name in sorted(set().union(*known.values())):
        values = {text: attributes.get(name, "") for text, attributes in known.items()}
        yield _lumped(name, faces["attributes"].map(values), faces["target"], min_clusters)


def _ranges(values: pd.Series, ranges: int) -> pd.Series:
    """Name the quantile bin of each value, as ``from-to``."""
    # Equal values, such as sizes of ready-made crops, are one bin, which `qcut` does not number
    number = pd.qcut(values, ranges, labels=False, duplicates="drop").fillna(0)
    of_range = values.groupby(number)
    low, high = of_range.transform("min"), of_range.transform("max")
    return low.map("{:07.2f}".format) + "-" + high.map("{:07.2f}".format)


def _lumped(name: str, values: pd.Series, targets: pd.Series, min_clusters: int) -> Attribute:
    """Put the values of few targets into one part, if there are many values."""
    clusters = targets[values != ""].groupby(values).nunique()
    few = clusters.index[clusters < min_clusters]
    if len(clusters) <= _MOST_VALUES or len(few) < 2:
        return Attribute(name, values)
    others = f"({len(few)} others)"
    return Attribute(name, values.mask(values.isin(few), others), others)
