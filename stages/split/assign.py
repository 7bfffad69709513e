"""Assign each item to a split."""

import sys
from collections.abc import Mapping

import pandas as pd

from stages.common.components import join_groups
from stages.common.errors import InputError
from stages.common.table import KEY
from stages.split.content import copies_among_seen, copies_of_learnt, problem_rows
from stages.split.params import SplitParams
from stages.split.place import place, require_groups, require_labels, too_few_groups


def split_items(items: pd.DataFrame, params: SplitParams) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place the items of all datasets.

    Nothing of an unseen dataset has a say in where a seen one's items go.

    Parameters
    ----------
    items : DataFrame
        Rows of all index tables with ``role``, in any order; ``group`` is unique over datasets.
    params : SplitParams
        The section `split` of params.yaml.

    Returns
    -------
    placed : DataFrame
        The rows that are kept, with ``split``.
    problems : DataFrame
        Rows of the problem table.

    Raises
    ------
    InputError
        No dataset is seen, or one cannot be split.
    """
    items = items.sort_values(KEY, ignore_index=True)
    seen = items[items["role"] == "seen"]
    unseen = items[items["role"] == "unseen"]
    if seen.empty:
        raise InputError("params.yaml: no dataset has the role seen, so there is nothing to split")
    seen = join_groups(seen)
    among = copies_among_seen(seen)
    placed = assign(seen[~among], params)
    only_test = unseen["dataset"].isin(params.official)
    unseen = unseen[~only_test | (unseen["official_split"] == "test")]
    learnt = copies_of_learnt(unseen, placed)
    problems = problem_rows(
        pd.concat([seen[among], unseen[learnt]]), items, params.same_content_two_datasets
    )
    return pd.concat([placed, unseen[~learnt].assign(split="unseen")]), problems


def assign(seen: pd.DataFrame, params: SplitParams) -> pd.DataFrame:
    """Add the column ``split``: train, val or test.

    Official splits come first; then each dataset is split for itself, so that one more moves
    nothing of the others. A group that is already placed, since another dataset shares a file
    with it, stays together.

    Parameters
    ----------
    seen : DataFrame
        Rows of the index tables of all seen datasets, in any order; ``group`` is unique over
        datasets.
    params : SplitParams
        Seed, ratios, and names of the datasets with an official split.

    Raises
    ------
    InputError
        A dataset has too few groups, too uneven ones, or no official split though asked for.
    """
    shares = params.ratios.model_dump()
    placed: dict[str, str] = {}
    parts = []
    for dataset in sorted(seen["dataset"].unique(), key=lambda name: _turn(name, params)):
        items = seen[seen["dataset"] == dataset]
        if dataset in params.official:
            items = _official(dataset, items, shares, params.seed)
        else:
            require_groups(dataset, items, shares)
            splits = place(items, shares, params.seed, placed)
            items = items.assign(split=items["group"].map(splits))
        require_labels(dataset, items, shares)
        placed |= dict(zip(items["group"], items["split"], strict=True))
        parts.append(items)
    return pd.concat(parts).sort_index()


def _turn(dataset: str, params: SplitParams) -> tuple[bool, str]:
    return dataset not in params.official, dataset


def _official(
    dataset: str, items: pd.DataFrame, shares: Mapping[str, int], seed: int
) -> pd.DataFrame:
    """The owners' split; where they have no val, a part of their train becomes it."""
    unnamed = items.loc[items["official_split"] == "", "path"]
    if len(unnamed):
        raise InputError(
            f"{dataset}: {len(unnamed)} of {len(items)} items have no official split, the first "
            f"is {unnamed.iloc[0]}; take {dataset} out of split.official"
        )
    splits = items["official_split"].copy()
    if "test" not in set(splits):
        raise InputError(
            f"{dataset}: its official split has no test items; take it out of split.official"
        )
    if "val" not in set(splits):
        train = items[splits == "train"]
        pair = {"train": shares["train"], "val": shares["val"]}
        if too_few_groups(train, pair):
            print(
                f"warning: {dataset}: the official train part has too few groups to take val from "
                "them; val is taken by original clip, and metrics/split.json counts the leak",
                file=sys.stderr,
            )
            clips = train["original"].where(train["original"] != "", train["item"])
            train = train.assign(group=clips)
        require_groups(dataset, train, pair)
        splits[train.index] = train["group"].map(place(train, pair, seed))
    return items.assign(split=splits)
