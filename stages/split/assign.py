"""Assign each item to a split."""

import sys
from collections.abc import Mapping

import pandas as pd

from stages.common.components import join_groups
from stages.common.errors import InputError
from stages.common.table import KEY
from stages.split.content import (
    components_by_picture,
    content_problems,
    copies_among_seen,
    copies_of_train_or_val,
    picture_problems,
    pictures_of_train_or_val,
    source_problems,
    sources_of_train_or_val,
)
from stages.split.params import SplitParams
from stages.split.persons import join_persons
from stages.split.place import place, require_groups, require_labels, too_few_groups


def split_items(
    items: pd.DataFrame, params: SplitParams, pictures: pd.DataFrame, persons: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Assign the items of all datasets to splits.

    Unseen datasets have no influence on how seen datasets are split.

    Parameters
    ----------
    items : DataFrame
        Rows of all index tables with ``role``, in any order; ``group`` is unique across datasets.
    params : SplitParams
        The section `split` of params.yaml.
    pictures : DataFrame
        ``place`` and ``other``: items of two datasets that show one picture, the other of a seen
        one, as `same_pictures` finds them.
    persons : DataFrame
        Rows of `stages.common.tables.persons.PERSONS`.

    Returns
    -------
    placed : DataFrame
        The rows to keep, with ``split``.
    problems : DataFrame
        Rows of the problem table.

    Raises
    ------
    InputError
        No dataset has the role seen, or a dataset cannot be split.
    """
    items = items.sort_values(KEY, ignore_index=True)
    seen = items[items["role"] == "seen"]
    unseen = items[items["role"] == "unseen"]
    if seen.empty:
        raise InputError("params.yaml: no dataset has the role seen, so there is nothing to split")
    seen = seen.assign(picture=components_by_picture(seen, pictures))
    seen = join_groups(seen, ["md5", "target", "donor", "picture"]).drop(columns="picture")
    if params.by == "person":
        seen = join_persons(seen, persons)
    copies = copies_among_seen(seen)
    placed = assign(seen[~copies], params)
    only_test = unseen["dataset"].isin(params.official)
    unseen = unseen[~only_test | (unseen["official_split"] == "test")]
    trained = copies_of_train_or_val(unseen, placed)
    problems = [
        content_problems(
            pd.concat([seen[copies], unseen[trained]]), items, params.same_content_two_datasets
        )
    ]
    unseen = unseen[~trained]
    sources = sources_of_train_or_val(unseen, placed)
    problems.append(source_problems(unseen, sources, params.same_source_two_datasets))
    unseen = unseen.drop(sources.index)
    shown = pictures_of_train_or_val(unseen, placed, pictures)
    problems.append(picture_problems(unseen, shown, params.same_picture_two_datasets))
    unseen = unseen.drop(shown.index)
    return pd.concat([placed, unseen.assign(split="unseen")]), pd.concat(problems)


def assign(seen: pd.DataFrame, params: SplitParams) -> pd.DataFrame:
    """Add the column ``split``: train, val or test.

    Datasets with an official split come first. Each dataset is split independently, so that adding
    one does not move the items of the others. A group that already has a split, because it shares a
    file with another dataset, keeps it.

    Parameters
    ----------
    seen : DataFrame
        Rows of the index tables of all seen datasets, in any order; ``group`` is unique across
        datasets.
    params : SplitParams
        Seed, ratios, and names of the datasets with an official split.

    Raises
    ------
    InputError
        A dataset has too few or too uneven groups, or lacks the official split asked for.
    """
    shares = params.ratios.model_dump()
    placed: dict[str, str] = {}
    parts = []
    for dataset in sorted(seen["dataset"].unique(), key=lambda name: _order(name, params)):
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


def _order(dataset: str, params: SplitParams) -> tuple[bool, str]:
    return dataset not in params.official, dataset


def _official(
    dataset: str, items: pd.DataFrame, shares: Mapping[str, int], seed: int
) -> pd.DataFrame:
    """Take the owners' split; if it has no val, split val off their train."""
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
