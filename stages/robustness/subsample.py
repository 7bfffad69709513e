"""Choose a small, reproducible subset of faces to degrade."""

import numpy as np
import pandas as pd

from stages.common.table import KEY


def subsample(faces: pd.DataFrame, groups: int, faces_per_item: int, seed: int) -> pd.DataFrame:
    """Draw groups, and take evenly spaced faces of each item in them.

    Parameters
    ----------
    faces : DataFrame
        Rows of a split table.
    groups : int
        Number of groups to draw; all if there are fewer.
    faces_per_item : int
        Number of faces to take of each item; all if it has fewer.
    seed : int
        Seed of the draw of groups.

    Returns
    -------
    DataFrame
        The chosen rows in the order of `faces`, with a new index.
    """
    names = np.sort(faces["group"].unique())
    drawn = np.random.default_rng(seed).permutation(names)[:groups]
    chosen = faces[faces["group"].isin(drawn)].reset_index(drop=True)
    of_item = chosen.groupby(KEY)
    place, count = of_item.cumcount(), of_item["frame"].transform("size")
    taken = np.minimum(count, faces_per_item)
    # Take the middle of each of `taken` equal parts: find the first middle at or after each place
    part = -((count - 2 * taken * place) // (2 * count))
    middle = (2 * part + 1) * count // (2 * taken)
    return chosen[place == middle].reset_index(drop=True)
