"""Which faces an epoch shows, in which order, and how much each counts."""

import numpy as np
import pandas as pd


def epoch_rows(table: pd.DataFrame, sampling: str, rng: np.random.Generator) -> np.ndarray:
    """Rows of one epoch in random order over the whole set.

    Parameters
    ----------
    table : DataFrame
        Columns ``label``, ``group`` and ``method``.
    sampling : {"all", "undersample", "groups"}
        See `stages.train.params.Train`.
    rng : Generator
        Draws the order, and the rows where not all are taken.

    Returns
    -------
    ndarray of int, shape (m,)
        Positions in `table`. All three kinds show about as many fakes as `table` allows.
    """
    if sampling == "all":
        return rng.permutation(len(table))
    if sampling == "undersample":
        fake = (table["label"] == "fake").to_numpy()
        parts = [np.flatnonzero(fake), np.flatnonzero(~fake)]
        fewest = min(map(len, parts))
        return rng.permutation(
            np.concatenate([rng.choice(part, fewest, replace=False) for part in parts])
        )
    return _by_group(table, rng)


def _by_group(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """As many draws as there are rows: a group, real or fake, a method, a face of it."""
    places = table.reset_index(drop=True).groupby(["group", "label", "method"]).indices
    tree: dict[str, dict[str, list[np.ndarray]]] = {}
    for (group, label, _), rows in places.items():
        tree.setdefault(group, {}).setdefault(label, []).append(rows)
    groups = list(tree.values())

    def draw() -> int:
        labels = list(groups[rng.integers(len(groups))].values())
        methods = labels[rng.integers(len(labels))]
        return rng.choice(methods[rng.integers(len(methods))])

    return np.array([draw() for _ in range(len(table))])


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Weight of each row, such that both classes weigh the same and the mean is 1.

    Parameters
    ----------
    labels : ndarray, shape (n,)
        1 for fake, 0 for real; both occur.
    """
    share = labels.mean()
    return np.where(labels == 1, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
