"""Choose the faces that are degraded: a few, and the same each time."""

import numpy as np
import pandas as pd

from stages.common.table import KEY


def subsample(faces: pd.DataFrame, groups: int, faces_an_item: int, seed: int) -> pd.DataFrame:
    """Draw groups, and take evenly spaced faces of each of their items.

    Parameters
    ----------
    faces : DataFrame
        Rows of a split table.
    groups : int
        Groups to draw; all, if there are fewer.
    faces_a_medium : int
        Faces of each item; all, if it has fewer.
    seed : int
        Of the draw.

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
    taken = np.minimum(count, faces_an_item)
    # The middles of `taken` equal parts: the first one at or after each place, is it that place?
    part = -((count - 2 * taken * place) // (2 * count))
    middle = (2 * part + 1) * count // (2 * taken)
    return chosen[place == middle].reset_index(drop=True)
