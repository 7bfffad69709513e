"""Metrics of the split."""

import hashlib

import pandas as pd

from stages.common.split_metrics import content_name
from stages.common.table import KEY
from stages.common.tables.index import LABELS
from stages.common.tables.splits import SPLIT_NAMES
from stages.split.content import SAME_CONTENT, SAME_PICTURE, SAME_SOURCE
from stages.split.faceless import shares_without_face
from stages.split.persons import shared_persons

_DIGITS = 16


def split_metrics(
    items: pd.DataFrame, faces: pd.DataFrame, problems: pd.DataFrame, persons: pd.DataFrame
) -> dict[str, int | float | str]:
    """Count items, groups and faces by split and label, and measure group sizes and leakage.

    Parameters
    ----------
    items : DataFrame
        One row per item: key, ``label``, ``group``, ``split``, ``md5``.
    faces : DataFrame
        One row per face: key, ``label``, ``split``.
    problems : DataFrame
        The problem table: items dropped because another dataset has the same.
    persons : DataFrame
        Rows of `stages.common.tables.persons.PERSONS`.

    Returns
    -------
    dict of str to int, float or str
        Metrics by name, with a digest of the items of each split and dataset.
    """
    with_faces = pd.MultiIndex.from_frame(items[KEY]).isin(pd.MultiIndex.from_frame(faces[KEY]))
    metrics: dict[str, int | float | str] = {
        f"items_dropped_{problem.removesuffix('_two_datasets')}": int(
            (problems["problem"] == problem).sum()
        )
        for problem in (SAME_CONTENT, SAME_SOURCE, SAME_PICTURE)
    }
    for split in SPLIT_NAMES:
        for label in LABELS:
            here = (items["split"] == split) & (items["label"] == label)
            name = f"{split}_{label}"
            metrics[f"{name}_items"] = int(here.sum())
            metrics[f"{name}_groups"] = items.loc[here, "group"].nunique()
            metrics[f"{name}_items_without_face"] = int((here & ~with_faces).sum())
            metrics[f"{name}_faces"] = int(
                ((faces["split"] == split) & (faces["label"] == label)).sum()
            )
    seen = items[items["split"] != "unseen"]
    for split, share in seen["split"].value_counts(normalize=True).items():
        metrics[f"{split}_share_of_seen_items"] = float(share)
    for dataset, rows in items.groupby("dataset"):
        sizes = rows["group"].value_counts(normalize=True)
        metrics[f"{dataset}_groups"] = len(sizes)
        metrics[f"{dataset}_largest_group_share"] = float(sizes.iloc[0])
    metrics |= shares_without_face(items.assign(faces=with_faces))
    return metrics | _leak(seen) | shared_persons(items, persons) | _contents(items[with_faces])


def _leak(seen: pd.DataFrame) -> dict[str, int]:
    """Count groups in two splits, which an official split can cause, and their test items."""
    leaks = seen.groupby("group")["split"].transform("nunique") > 1
    trained = set(seen.loc[seen["split"] != "test", "group"])
    tested = (seen["split"] == "test") & seen["group"].isin(trained)
    return {
        "leak_groups_in_two_splits": seen.loc[leaks, "group"].nunique(),
        "leak_test_items_of_learnt_groups": int(tested.sum()),
    }


def _contents(items: pd.DataFrame) -> dict[str, str]:
    """Digest the names and contents of the items of each split and dataset.

    From these digests, a reviewer without the data can tell that a test set has changed.
    """
    found = {}
    for (split, dataset), rows in items.groupby(["split", "dataset"]):
        named = rows[[*KEY, "md5"]].sort_values(KEY)
        text = named.to_csv(index=False, header=False, lineterminator="\n")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found[content_name(split, dataset)] = digest[:_DIGITS]
    return found
