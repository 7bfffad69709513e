"""Whom each score shows: the clusters that statistics take as drawn from a population.

The split keeps connected components of persons whole, so that nothing leaks. As clusters these are
too coarse: the fakes of Celeb-DF link nearly all of its persons into one. Inference needs less. Two
items are correlated if they share a person, and independent otherwise, so a fake belongs to two
clusters at once, its target and its donor; a real, or a fake of unknown donor, to its target alone.
Persons, or source clips, are one population: who is target here and donor there is one cluster.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

_MOST_SHARED = 0.5
_MOST_WITH_DONOR = 0.5
"""A few donors in a dataset that names hardly any say little about how many persons it shows."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """The clusters of some scores, which are numbered from 0, as are the units.

    Scores of one target and one donor, in either role, are a unit; so are those of one target
    without a donor.

    Attributes
    ----------
    unit : ndarray of int, shape (n,)
        Number of each score's unit.
    first, second : ndarray of int, shape (units,)
        The two clusters of each unit; equal where it belongs to one only.
    count : int
        Number of targets, or of donors where these are fewer and most scores have one, that an
        interval rests on (Cameron, Gelbach and Miller, Journal of Business & Economic Statistics
        2011, 3.3).
    inflation : float
        By which a variance over pairs of persons falls short, at least 1; 1 without donors.
    """

    unit: np.ndarray
    first: np.ndarray
    second: np.ndarray
    count: int
    inflation: float

    @classmethod
    def of(cls, rows: pd.DataFrame) -> "Clusters":
        """Clusters of the rows of a score table, by its columns ``target`` and ``donor``."""
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
        """Number of clusters in either role."""
        return int(self.second.max(initial=-1)) + 1

    @property
    def paired(self) -> np.ndarray:
        """Whether each unit belongs to two clusters: ndarray of bool, shape (units,)."""
        return self.first != self.second

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of `values`, one a score, over all scores of each cluster: shape (size,)."""
        of_units = np.bincount(self.unit, values, self.first.size)
        twice = np.where(self.paired, of_units, 0)
        return np.bincount(self.first, of_units, self.size) + np.bincount(
            self.second, twice, self.size
        )

    def pair_sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of `values`, one a score, over each pair of clusters: shape (paired units,)."""
        return np.bincount(self.unit, values, self.first.size)[self.paired]


def _inflation(first: np.ndarray, second: np.ndarray) -> float:
    """How far residuals understate the variance over pairs, from each paired score's clusters.

    Residuals are taken from a mean to which each person adds its own part. A person who is in the
    share h of all pairs loses 2 h of what its effect adds to the variance, h squared; with one
    population of P equal persons, h is 2 / P. (For clusters that do not overlap, the same sum
    gives the usual G / (G - 1).)
    """
    if not first.size:
        return 1.0
    share = np.bincount(np.concatenate([first, second])) / first.size
    lost = 2 * (share**3).sum() / (share**2).sum()
    return float(1 / (1 - min(lost, _MOST_SHARED)))
