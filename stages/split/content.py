"""Equal files in two datasets: what is in one must not test what was learnt from the other."""

import sys

import pandas as pd

from stages.common.components import components
from stages.common.errors import InputError
from stages.common.table import KEY

PROBLEM = "same_content_two_datasets"

_NAMED = 10


def join_groups(seen: pd.DataFrame) -> pd.DataFrame:
    """Make groups of seen datasets that share a file one group.

    Parameters
    ----------
    seen : DataFrame
        Media of all seen datasets, with ``md5`` and ``group``.
    """
    groups = seen.groupby("md5")["group"].agg(lambda of_one_file: sorted(set(of_one_file)))
    joined = dict(zip(groups.index, components(groups), strict=True))
    return seen.assign(group=seen["md5"].map(joined))


def copies_among_seen(seen: pd.DataFrame) -> pd.Series:
    """Media to drop: copies of what an earlier dataset has, all of them where labels differ."""
    ordered = seen.sort_values(KEY)
    several = ordered.groupby("md5")["dataset"].transform("nunique") > 1
    unclear = ordered.groupby("md5")["label"].transform("nunique") > 1
    return (several & (ordered.duplicated("md5") | unclear)).reindex(seen.index)


def copies_of_learnt(unseen: pd.DataFrame, seen: pd.DataFrame) -> pd.Series:
    """Media of unseen datasets to drop: train or val holds the same file."""
    return unseen["md5"].isin(seen.loc[seen["split"].isin(["train", "val"]), "md5"])


def problem_rows(copies: pd.DataFrame, media: pd.DataFrame, action: str) -> pd.DataFrame:
    """Rows of the problem table for `copies`, each with the file of another dataset it equals."""
    sides = [
        side[["md5", "dataset"]].assign(place=side["dataset"] + "/" + side["path"])
        for side in (copies, media)
    ]
    pairs = sides[0].merge(sides[1], on="md5", suffixes=("", "_other"))
    pairs = pairs[pairs["dataset"] != pairs["dataset_other"]].sort_values("place_other")
    pairs = pairs.drop_duplicates("place")
    return pd.DataFrame(
        {
            "problem": PROBLEM,
            "path": pairs["place"],
            "detail": "same content as " + pairs["place_other"],
            "action": action,
        }
    ).sort_values("path", ignore_index=True)


def enforce(problems: pd.DataFrame) -> None:
    """Say what was dropped, or end the stage if the parameters call it an error.

    Raises
    ------
    InputError
        With the first ten media.
    """
    if problems.empty:
        return
    named = [f"  {row.path}: {row.detail}" for row in problems.head(_NAMED).itertuples()]
    if len(problems) > _NAMED:
        named.append(f"  … and {len(problems) - _NAMED} more in metrics/split_problems.csv")
    if problems["action"].iloc[0] == "error":
        heading = f"{len(problems)} media are in two datasets:"
        advice = f"take them out of one, or set split.{PROBLEM} to drop in params.yaml"
        raise InputError("\n".join([heading, *named, advice]))
    print("\n".join([f"dropped, {PROBLEM}: {len(problems)}", *named]), file=sys.stderr)
