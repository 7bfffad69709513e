"""Find what two datasets share: one must not be in training and the other in a test set."""

import pandas as pd

from stages.common.components import components
from stages.common.table import KEY

SAME_CONTENT = "same_content_two_datasets"
SAME_SOURCE = "same_source_two_datasets"
SAME_PICTURE = "same_picture_two_datasets"
_SOURCES = ["target", "donor"]


def copies_among_seen(seen: pd.DataFrame) -> pd.Series:
    """Mark the items to drop: copies from an earlier dataset, or all copies if labels differ."""
    ordered = seen.sort_values(KEY)
    several = ordered.groupby("md5")["dataset"].transform("nunique") > 1
    labels_differ = ordered.groupby("md5")["label"].transform("nunique") > 1
    return (several & (ordered.duplicated("md5") | labels_differ)).reindex(seen.index)


def copies_of_train_or_val(unseen: pd.DataFrame, seen: pd.DataFrame) -> pd.Series:
    """Mark the items of unseen datasets to drop: train or val contains the same file."""
    return unseen["md5"].isin(_trained(seen)["md5"])


def sources_of_train_or_val(unseen: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Items of unseen datasets to drop: train or val shows the same source clip or person.

    Returns
    -------
    DataFrame
        ``source`` and ``other``, the first item of train or val that shows it, by the index of
        `unseen`.
    """
    trained = _trained(seen)
    places = _places(trained)
    shown = pd.concat([trained[column] for column in _SOURCES])
    first = places.loc[shown.index].groupby(shown.to_numpy()).min()
    found = pd.concat([unseen.loc[unseen[column].isin(first.index), column] for column in _SOURCES])
    found = found[(found != "") & ~found.index.duplicated()].sort_index()
    return pd.DataFrame({"source": found, "other": found.map(first)})


def components_by_picture(items: pd.DataFrame, pictures: pd.DataFrame) -> pd.Series:
    """Name items alike if they show one picture, directly or through others."""
    places = _places(items)
    among_them = pictures[pictures["place"].isin(places) & pictures["other"].isin(places)]
    names = components([*([place] for place in places), *among_them.to_numpy()])
    return pd.Series(names[: len(places)], items.index)


def pictures_of_train_or_val(
    unseen: pd.DataFrame, seen: pd.DataFrame, pictures: pd.DataFrame
) -> pd.Series:
    """Items of unseen datasets to drop: train or val shows the same picture.

    Returns
    -------
    Series
        The first item of train or val that shows it, by the index of `unseen`.
    """
    trained = pictures[pictures["other"].isin(_places(_trained(seen)))]
    first = trained.groupby("place")["other"].min()
    places = _places(unseen)
    return places[places.isin(first.index)].map(first).astype(str)


def content_problems(copies: pd.DataFrame, items: pd.DataFrame, action: str) -> pd.DataFrame:
    """Build the problem table for `copies`, each with an equal file of another dataset."""
    sides = [side[["md5", "dataset"]].assign(place=_places(side)) for side in (copies, items)]
    pairs = sides[0].merge(sides[1], on="md5", suffixes=("", "_other"))
    pairs = pairs[pairs["dataset"] != pairs["dataset_other"]].sort_values("place_other")
    pairs = pairs.drop_duplicates("place")
    return problem_rows(
        SAME_CONTENT, pairs["place"], "same content as " + pairs["place_other"], action
    )


def source_problems(unseen: pd.DataFrame, found: pd.DataFrame, action: str) -> pd.DataFrame:
    """Build the problem table for what `sources_of_train_or_val` found in `unseen`."""
    details = "shows " + found["source"] + ", as does " + found["other"]
    return problem_rows(SAME_SOURCE, _places(unseen.loc[found.index]), details, action)


def picture_problems(unseen: pd.DataFrame, found: pd.Series, action: str) -> pd.DataFrame:
    """Build the problem table for what `pictures_of_train_or_val` found in `unseen`."""
    places = _places(unseen.loc[found.index])
    return problem_rows(SAME_PICTURE, places, "same picture as in " + found, action)


def problem_rows(problem: str, places: pd.Series, details: pd.Series, action: str) -> pd.DataFrame:
    """Rows of the problem table, by path."""
    rows = {"problem": problem, "path": places, "detail": details, "action": action}
    return pd.DataFrame(rows).sort_values("path", ignore_index=True)


def _trained(seen: pd.DataFrame) -> pd.DataFrame:
    return seen[seen["split"].isin(["train", "val"])]


def _places(items: pd.DataFrame) -> pd.Series:
    return items["dataset"] + "/" + items["path"]
