"""Clusters of scores by person, which statistics treat as samples from a population.

To prevent leaks, the split never divides connected components of persons. They are too coarse as
clusters: the fakes of Celeb-DF link nearly all of its persons into one component. Inference needs
less: two items are correlated if they share a person, and independent otherwise. A fake therefore
belongs to two clusters, its target and its donor; a real, or a fake of unknown donor, only to its
target. Persons, or source clips, form one population: a person who is a target in one item and a
donor in another is a single cluster.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

_MOST_SHARED = 0.5
_MOST_WITH_DONOR = 0.5
"""A few donors in a dataset that names hardly any say little about how many persons it shows."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """The clusters of a set of scores.

    A unit is all scores of the same two persons, in either role, or of one target without a donor.
    Clusters and units are numbered from 0.

    Attributes
    ----------
    unit : ndarray of int, shape (n,)
        Unit of each score.
    first, second : ndarray of int, shape (units,)
        The two clusters of each unit; equal if it belongs to only one.
    count : int
        Effective number of clusters: the number of targets, or of donors if they are fewer and
        most scores have one (Cameron, Gelbach and Miller, Journal of Business & Economic
        Statistics 2011, 3.3).
    inflation : float
        Correction factor for the variance over pairs of persons, at least 1; 1 without donors.
    """

    unit: np.ndarray
    first: np.ndarray
    second: np.ndarray
    count: int
    inflation: float

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Clusters":
        """Derive the clusters of a score table from its columns ``target`` and ``donor``."""
        donor = rows["donor"].where(rows["donor"] != "")
        codes, names = pd.factorize(pd.concat([rows["target"], donor]), sort=True)
        targets, donors = codes.reshape(2, -1)
        has_donor = donors >= 0
        donors = np.where(has_donor, donors, targets)
        low, high = np.minimum(targets, donors), np.maximum(targets, donors)
        unit, pairs = pd.factorize(low * len(names) + high, sort=True)
        first, second = np.divmod(pairs, max(1, len(names)))
        roles = [np.unique(targets).size]
        if has_donor.any() and has_donor.mean() >= _MOST_WITH_DONOR:
            roles.append(np.unique(donors[has_donor]).size)
        paired = first[unit] != second[unit]
        return cls(unit, first, second, min(roles), _inflation(low[paired], high[paired]))

    @property
    def size(self) -> int:
        """Number of clusters, in any role."""
        return int(self.second.max(initial=-1)) + 1

    @property
    def paired(self) -> np.ndarray:
        """Whether each unit belongs to two clusters: ndarray of bool, shape (units,)."""
        return self.first != self.second

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum `values`, one per score, over each cluster: shape (size,)."""
        of_units = np.bincount(self.unit, values, self.first.size)
        twice = np.where(self.paired, of_units, 0)
        return np.bincount(self.first, of_units, self.size) + np.bincount(
            self.second, twice, self.size
        )

    def pair_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum `values`, one per score, over each pair of clusters: shape (paired units,)."""
        return np.bincount(self.unit, values, self.first.size)[self.paired]


def fewest(clusters: Iterable[Clusters]) -> Clusters:
    """Return what an interval rests on that several sets of clusters determine.

    Returns
    -------
    Clusters
        Those with the smallest count, with the largest inflation of any.
    """
    every = list(clusters)
    inflation = max(each.inflation for each in every)
    return replace(min(every, key=lambda each: each.count), inflation=inflation)


def _inflation(first: np.ndarray, second: np.ndarray) -> float:
    """Return the factor by which residuals underestimate the variance over pairs.

    Each person contributes to the mean that residuals are taken from. The effect of a person in
    the share h of all pairs adds h squared to the variance, but a fraction 2 h of that is lost in
    the residuals; for P equally frequent persons, h is 2 / P. (For clusters that do not overlap,
    the same sum gives the usual G / (G - 1).)
    """
    if not first.size:
        return 1.0
    share = np.bincount(np.concatenate([first, second])) / first.size
    lost = 2 * (share**3).sum() / (share**2).sum()
    return float(1 / (1 - min(lost, _MOST_SHARED)))
