"""Sample the faces of an epoch: which, in which order, and with which weight."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from stages.common.registry import find


def epoch_rows(table: pd.DataFrame, sampling: str, rng: np.random.Generator) -> np.ndarray:
    """Rows of one epoch in random order over the whole set.

    Parameters
    ----------
    table : DataFrame
        Columns ``label``, ``group``, ``method`` and ``frame``.
    sampling : str
        A row of `SAMPLINGS`.
    rng : Generator
        Draws the order, and the rows where not all are taken.

    Returns
    -------
    ndarray of int, shape (m,)
        Positions in `table`. All kinds show about as many fakes as `table` allows.
    """
    return find("sampling", sampling, SAMPLINGS)(table, rng)


def _all(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Each face once."""
    return rng.permutation(len(table))


def _undersampled(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """As many of the larger class as of the smaller."""
    fake = (table["label"] == "fake").to_numpy()
    parts = [np.flatnonzero(fake), np.flatnonzero(~fake)]
    fewest = min(map(len, parts))
    return rng.permutation(
        np.concatenate([rng.choice(part, fewest, replace=False) for part in parts])
    )


def _by_pair(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Each fake, and after it the real face of its group that is nearest in time.

    A batch of an even number of faces then holds both: what differs between them is the
    manipulation, as in the batches of self-blended images (Shiohara and Yamasaki, CVPR 2022). A
    fake of a group without a real face stands beside any real one.
    """
    faces = table[["group", "frame", "label"]].assign(row=np.arange(len(table)))
    faces = faces.sort_values("frame", kind="stable")
    real, fake = faces[faces["label"] == "real"], faces[faces["label"] == "fake"]
    pairs = pd.merge_asof(
        fake, real, on="frame", by="group", direction="nearest", suffixes=("", "_real")
    )
    strangers = pd.Series(rng.choice(real["row"], len(pairs)), index=pairs.index)
    partners = pairs["row_real"].fillna(strangers).astype(int)
    return rng.permutation(np.column_stack([pairs["row"], partners])).ravel()


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


SAMPLINGS: dict[str, Callable[[pd.DataFrame, np.random.Generator], np.ndarray]] = {
    "all": _all,
    "undersample": _undersampled,
    "groups": _by_group,
    "pairs": _by_pair,
}
"""By the name that ``train.sampling`` of params.yaml gives."""


def self_blended_rows(
    rows: np.ndarray, fake: np.ndarray, sampling: str, share: float, rng: np.random.Generator
) -> np.ndarray:
    """The faces that are shown where `rows` were drawn, if a share of the fakes is self-blended.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        As `epoch_rows` gives them.
    fake : ndarray of bool, shape (n,)
        Whether each face of the table is a fake.
    sampling : str
        As for `epoch_rows`.
    share : float
        Of the fakes drawn.
    rng : Generator
        Draws these fakes, and the real faces that stand for them.

    Returns
    -------
    ndarray of int, shape (m,)
        A real face for each such fake, to be self-blended: with ``pairs`` its partner, so that a
        face and its self-blended copy stand side by side, else any; the row drawn elsewhere.
    """
    chosen = fake[rows] & (rng.random(len(rows)) < share)
    reals = (
        np.roll(rows, -1) if sampling == "pairs" else rng.choice(np.flatnonzero(~fake), len(rows))
    )
    return np.where(chosen, reals, rows)


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Weight of each row, such that both classes weigh the same and the mean is 1.

    Parameters
    ----------
    labels : ndarray, shape (n,)
        1 for fake, 0 for real; both occur.
    """
    share = labels.mean()
    return np.where(labels == 1, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
