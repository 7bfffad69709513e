"""Find files that two datasets share: one must not be in training and the other in a test set."""

import pandas as pd

from stages.common.table import KEY

PROBLEM = "same_content_two_datasets"


def copies_among_seen(seen: pd.DataFrame) -> pd.Series:
    """Mark the items to drop: copies from an earlier dataset, or all copies if labels differ."""
    ordered = seen.sort_values(KEY)
    several = ordered.groupby("md5")["dataset"].transform("nunique") > 1
    labels_differ = ordered.groupby("md5")["label"].transform("nunique") > 1
    return (several & (ordered.duplicated("md5") | labels_differ)).reindex(seen.index)


def copies_of_train_or_val(unseen: pd.DataFrame, seen: pd.DataFrame) -> pd.Series:
    """Mark the items of unseen datasets to drop: train or val contains the same file."""
    return unseen["md5"].isin(seen.loc[seen["split"].isin(["train", "val"]), "md5"])


def problem_rows(copies: pd.DataFrame, items: pd.DataFrame, action: str) -> pd.DataFrame:
    """Build the problem table for `copies`, each with an equal file of another dataset."""
    sides = [
        side[["md5", "dataset"]].assign(place=side["dataset"] + "/" + side["path"])
        for side in (copies, items)
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
