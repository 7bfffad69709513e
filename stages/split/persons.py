"""Persons that several items show: groups that keep them together, and metrics of those shared."""

import pandas as pd

from stages.common.components import join_groups
from stages.common.table import KEY

UNKNOWN = "nobody is identified (identify.weights)"


def join_persons(items: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Merge groups that show one person, directly or through others.

    Parameters
    ----------
    items : DataFrame
        Rows with the key and ``group``.
    persons : DataFrame
        Rows of `stages.common.tables.persons.PERSONS`; an item may show several.
    """
    shown = items[[*KEY, "group"]].merge(persons.astype({"person": str}), on=KEY, how="left")
    joined = join_groups(shown.fillna({"person": ""}), ["person"]).drop_duplicates(KEY)
    return items.assign(group=items[KEY].merge(joined, on=KEY)["group"].to_numpy())


def with_learnt_persons(items: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each item and person in it whom train or val shows; see `shared_persons`."""
    shown = items[[*KEY, "group", "split"]].merge(persons, on=KEY)
    learnt = shown.loc[shown["split"].isin(["train", "val"]), "person"]
    return shown[shown["person"].isin(learnt)]


def shared_persons(items: pd.DataFrame, persons: pd.DataFrame) -> dict[str, int | str]:
    """Count the persons that train or val shares with test, and the items that show them.

    An item shows the persons that the reals of its group show, so that a fake counts with its
    original.

    Parameters
    ----------
    items : DataFrame
        Rows with the key, ``group`` and ``split``.
    persons : DataFrame
        See `join_persons`.
    """
    if persons.empty:
        return dict.fromkeys(_METRICS, UNKNOWN)
    learnt = with_learnt_persons(items, persons)
    counts = []
    for split in ("test", "unseen"):
        here = learnt[learnt["split"] == split]
        of_split = items[items["split"] == split]
        counts += [here["person"].nunique(), of_split["group"].isin(here["group"]).sum()]
    return dict(zip(_METRICS, map(int, counts), strict=True))


_METRICS = (
    "leak_persons_of_test",
    "leak_test_items_of_learnt_persons",
    "leak_persons_of_unseen",
    "leak_unseen_items_of_learnt_persons",
)
