"""Metrics of the split."""

import hashlib

import pandas as pd

from stages.common.split_metrics import content_name
from stages.common.table import KEY
from stages.common.tables.index import LABELS
from stages.common.tables.splits import SPLIT_NAMES

_DIGITS = 16


def split_metrics(
    items: pd.DataFrame, faces: pd.DataFrame, dropped: int
) -> dict[str, int | float | str]:
    """Counts by split and label, how uneven the groups are, what leaks, and what is held.

    Parameters
    ----------
    items : DataFrame
        One row an item: key, ``label``, ``group``, ``split``, ``md5``.
    faces : DataFrame
        One row a face, with the same columns.
    dropped : int
        Items left out because another dataset holds the same file.
    """
    with_faces = pd.MultiIndex.from_frame(items[KEY]).isin(pd.MultiIndex.from_frame(faces[KEY]))
    metrics: dict[str, int | float | str] = {"items_dropped_same_content": dropped}
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
    return metrics | _leak(seen) | _contents(items[with_faces])


def _leak(seen: pd.DataFrame) -> dict[str, int]:
    """Groups in two splits, which an official split can force, and test items of such groups."""
    leaks = seen.groupby("group")["split"].transform("nunique") > 1
    learnt = set(seen.loc[seen["split"] != "test", "group"])
    tested = (seen["split"] == "test") & seen["group"].isin(learnt)
    return {
        "leak_groups_in_two_splits": seen.loc[leaks, "group"].nunique(),
        "leak_test_items_of_learnt_groups": int(tested.sum()),
    }


def _contents(items: pd.DataFrame) -> dict[str, str]:
    """A digest of the names and the content of each split's items of each dataset.

    A reviewer who has no data sees by it that a test set is another one.
    """
    found = {}
    for (split, dataset), rows in items.groupby(["split", "dataset"]):
        named = rows[[*KEY, "md5"]].sort_values(KEY)
        text = named.to_csv(index=False, header=False, lineterminator="\n")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found[content_name(split, dataset)] = digest[:_DIGITS]
    return found
