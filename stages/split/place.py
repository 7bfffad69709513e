"""Whole groups to splits, so that each split gets its share of every kind of media."""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping

import pandas as pd

from stages.common.errors import InputError

STRATUM = ["label", "method"]


def place(
    media: pd.DataFrame,
    shares: Mapping[str, int],
    seed: int,
    placed: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Place each group of one dataset in a split.

    Groups come in the order of their size, largest first, then by chance. Each goes, among the
    splits that have room for it, where most is missing of what it holds, as measured by the
    shares of all media placed so far. So equal groups are apportioned to within one group, and
    the small ones fill what the large ones left. (scikit-learn's StratifiedGroupKFold makes folds
    of equal size only, and refuses more folds than groups.)

    Parameters
    ----------
    media : DataFrame
        One row a medium, with ``label``, ``method`` and ``group``, in any order.
    shares : mapping of str to int
        Share of each split, as whole numbers.
    seed : int
        Decides among groups of equal size.
    placed : mapping of str to str
        Groups whose split is given; groups that `media` lacks do not matter.

    Returns
    -------
    dict of str to str
        The split of each group of `media`.
    """
    strata = media[STRATUM].apply(tuple, axis=1)
    totals = Counter(strata)
    holds = {group: Counter(rows) for group, rows in strata.groupby(media["group"])}
    given = {group: split for group, split in (placed or {}).items() if group in holds}
    whole = sum(shares.values())
    so_far = Counter()
    held = {split: Counter() for split in {*shares, *given.values()}}

    def order(group: str) -> tuple:
        chance = hashlib.sha256(f"{seed} {group}".encode()).hexdigest()
        return group not in given, -holds[group].total(), chance

    def room(split: str) -> int:
        return shares[split] * len(media) - whole * held[split].total()

    def missing(split: str, group: str) -> float:
        # fsum rounds the exact sum, so that a tie is a tie on every processor
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
    """Groups that the smallest share needs to be at least one group."""
    return math.ceil(sum(shares.values()) / min(shares.values()))


def too_few_groups(media: pd.DataFrame, shares: Mapping[str, int]) -> bool:
    """Whether some label has fewer groups than each split needs for its share."""
    return media.groupby("label")["group"].nunique().min() < groups_needed(shares)


def require_groups(dataset: str, media: pd.DataFrame, shares: Mapping[str, int]) -> None:
    """Check that there are enough groups of each label to give each split its share.

    Raises
    ------
    InputError
        With the number that is needed, and what to do instead.
    """
    if not too_few_groups(media, shares):
        return
    found = media.groupby("label")["group"].nunique()
    counts = ", ".join(f"{count} with {label} media" for label, count in found.items())
    wanted = ":".join(str(share) for share in shares.values())
    raise InputError(
        f"{dataset}: too few groups to split {wanted} ({', '.join(shares)}): "
        f"{groups_needed(shares)} groups with each label are needed, found {counts}; the largest "
        f"group holds {_largest(media):.0%} of the media. Add media, choose other shares "
        f"(split.ratios; 1:1:1 needs 3), name it in split.official if it has an official split, "
        f"or test on the dataset whole: datasets.{dataset}.role: unseen"
    )


def require_labels(dataset: str, media: pd.DataFrame, shares: Mapping[str, int]) -> None:
    """Check that each split got media of each label of the dataset.

    Parameters
    ----------
    dataset : str
        Its name, for the message.
    media : DataFrame
        One row a medium, with ``label``, ``group`` and ``split``.
    shares : mapping of str to int
        The splits that were asked for.

    Raises
    ------
    InputError
        The groups are too uneven.
    """
    found = set(zip(media["split"], media["label"], strict=True))
    for split in shares:
        for label in sorted(set(media["label"])):
            if (split, label) not in found:
                raise InputError(
                    f"{dataset}: {split} got no {label} media, since the groups are too uneven: "
                    f"the largest of {media['group'].nunique()} holds {_largest(media):.0%} of "
                    f"the media. Name the dataset in split.official if it has an official "
                    f"split, or test on it whole: datasets.{dataset}.role: unseen"
                )


def _largest(media: pd.DataFrame) -> float:
    return media["group"].value_counts(normalize=True).max()
