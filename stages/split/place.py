"""Assign whole groups to splits so that each split gets its share of every label and method."""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.common.errors import InputError

STRATUM = ["label", "method"]


def place(
    items: pd.DataFrame,
    shares: Mapping[str, int],
    seed: int,
    placed: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Assign each group of one dataset to a split.

    Groups are assigned one by one, largest first and in random order among equals. Of the splits
    that have room for it, a group goes to the one that most lacks the group's labels and methods,
    relative to its share of all items assigned so far. Groups of equal size are thus distributed to
    within one group, and small groups fill the gaps that large ones leave. (scikit-learn's
    StratifiedGroupKFold makes only folds of equal size, and refuses more folds than groups.)

    Parameters
    ----------
    items : DataFrame
        One row per item, with ``label``, ``method`` and ``group``, in any order.
    shares : mapping of str to int
        Share of each split, as whole numbers.
    seed : int
        Determines the order of groups of equal size.
    placed : mapping of str to str
        Groups whose split is already given; groups that are not in `items` are ignored.

    Returns
    -------
    dict of str to str
        The split of each group of `items`.
    """
    strata = items[STRATUM].apply(tuple, axis=1)
    totals = Counter(strata)
    holds = {group: Counter(rows) for group, rows in strata.groupby(items["group"])}
    given = {group: split for group, split in (placed or {}).items() if group in holds}
    whole = sum(shares.values())
    so_far: Counter[Any] = Counter()
    held: dict[str, Counter[Any]] = {split: Counter() for split in {*shares, *given.values()}}

    def order(group: str) -> tuple[Any, ...]:
        chance = hashlib.sha256(f"{seed} {group}".encode()).hexdigest()
        return group not in given, -holds[group].total(), chance

    def room(split: str) -> int:
        return shares[split] * len(items) - whole * held[split].total()

    def missing(split: str, group: str) -> float:
        # fsum rounds the exact sum, so that ties are the same on every processor
        return math.fsum(
            (shares[split] / whole * so_far[stratum] - held[split][stratum])
            * count
            / totals[stratum]
            for stratum, count in sorted(holds[group].items())
        )

    def best(group: str) -> str:
        roomy = [split for split in shares if room(split) >= whole * holds[group].total()]
        if not roomy:
            return max(shares, key=room)
        return max(roomy, key=lambda split: missing(split, group))

    for group in sorted(holds, key=order):
        so_far += holds[group]
        if group not in given:
            given[group] = best(group)
        held[given[group]] += holds[group]
    return given


def groups_needed(shares: Mapping[str, int]) -> int:
    """Return the number of groups needed for the smallest share to be at least one group."""
    return math.ceil(sum(shares.values()) / min(shares.values()))


def too_few_groups(items: pd.DataFrame, shares: Mapping[str, int]) -> bool:
    """Return whether some label has too few groups to give each split its share."""
    return items.groupby("label")["group"].nunique().min() < groups_needed(shares)


def require_groups(dataset: str, items: pd.DataFrame, shares: Mapping[str, int]) -> None:
    """Check that there are enough groups of each label to give each split its share.

    Raises
    ------
    InputError
        There are too few groups; the message gives the number needed and alternatives.
    """
    if not too_few_groups(items, shares):
        return
    found = items.groupby("label")["group"].nunique()
    counts = ", ".join(f"{count} with {label} items" for label, count in found.items())
    wanted = ":".join(str(share) for share in shares.values())
    raise InputError(
        f"{dataset}: too few groups to split {wanted} ({', '.join(shares)}): "
        f"{groups_needed(shares)} groups with each label are needed, found {counts}; the largest "
        f"group holds {_largest(items):.0%} of the items. Add items, choose other shares "
        f"(split.ratios; 1:1:1 needs 3), name it in split.official if it has an official split, "
        f"or test on the dataset whole: datasets.{dataset}.role: unseen"
    )


def require_labels(dataset: str, items: pd.DataFrame, shares: Mapping[str, int]) -> None:
    """Check that each split has items of each label of the dataset.

    Parameters
    ----------
    dataset : str
        Name of the dataset, for the error message.
    items : DataFrame
        One row per item, with ``label``, ``group`` and ``split``.
    shares : mapping of str to int
        Shares of the splits, by name.

    Raises
    ------
    InputError
        The groups are too uneven.
    """
    found = set(zip(items["split"], items["label"], strict=True))
    for split in shares:
        for label in sorted(set(items["label"])):
            if (split, label) not in found:
                raise InputError(
                    f"{dataset}: {split} got no {label} items, since the groups are too uneven: "
                    f"the largest of {items['group'].nunique()} holds {_largest(items):.0%} of "
                    f"the items. Name the dataset in split.official if it has an official "
                    f"split, or test on it whole: datasets.{dataset}.role: unseen"
                )


def _largest(items: pd.DataFrame) -> float:
    return items["group"].value_counts(normalize=True).max()
