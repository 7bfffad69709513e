"""Sampling of the faces of an epoch: selection, order and class weights."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from stages.common.registry import find


def epoch_rows(table: pd.DataFrame, sampling: str, rng: np.random.Generator) -> np.ndarray:
    """Draw the rows of one epoch, shuffled over the whole set.

    Parameters
    ----------
    table : DataFrame
        Columns ``label``, ``group``, ``method`` and ``frame``.
    sampling : str
        A key of `SAMPLINGS`.
    rng : Generator
        Draws the order, and the selection if not all rows are used.

    Returns
    -------
    ndarray of int, shape (m,)
        Positions in `table`. Every sampling uses about as many fakes as `table` allows.
    """
    return find("sampling", sampling, SAMPLINGS)(table, rng)


def _all(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Take each face once."""
    return rng.permutation(len(table))


def _undersampled(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Undersample the larger class to the size of the smaller one."""
    fake = (table["label"] == "fake").to_numpy()
    parts = [np.flatnonzero(fake), np.flatnonzero(~fake)]
    fewest = min(map(len, parts))
    return rng.permutation(
        np.concatenate([rng.choice(part, fewest, replace=False) for part in parts])
    )


def _by_pair(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Take each fake, followed by the real face of its group that is nearest in time.

    With an even batch size, both are in the same batch and differ mainly by the manipulation, as
    in the batches of self-blended images (Shiohara and Yamasaki, CVPR 2022). If the group has no
    real face, the fake is paired with a random one.
    """
    faces = table[["group", "frame", "label"]].assign(row=np.arange(len(table)))
    faces = faces.sort_values("frame", kind="stable")
    real, fake = faces[faces["label"] == "real"], faces[faces["label"] == "fake"]
    pairs = pd.merge_asof(
        fake, real, on="frame", by="group", direction="nearest", suffixes=("", "_real")
    )
    random_reals = pd.Series(rng.choice(real["row"], len(pairs)), index=pairs.index)
    partners = pairs["row_real"].fillna(random_reals).astype(int)
    return rng.permutation(np.column_stack([pairs["row"], partners])).ravel()


def _by_group(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw as many faces as there are rows, each by group, then label, then method."""
    strata = table.reset_index(drop=True).groupby(["group", "label", "method"]).indices
    tree: dict[str, dict[str, list[np.ndarray]]] = {}
    for (group, label, _), rows in strata.items():
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
"""The keys are the values that ``recipe.sampling`` of params.yaml accepts."""


def self_blended_rows(
    rows: np.ndarray, fake: np.ndarray, sampling: str, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Replace a share of the drawn fakes with real faces that are to be self-blended.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        As `epoch_rows` returns them.
    fake : ndarray of bool, shape (n,)
        Whether each face of the table is a fake.
    sampling : str
        As for `epoch_rows`.
    share : float
        Share of the drawn fakes to replace.
    rng : Generator
        Draws these fakes and the real faces that replace them.

    Returns
    -------
    ndarray of int, shape (m,)
        `rows` with each chosen fake replaced by a real face: with ``pairs`` its partner, so that a
        face and its self-blended copy are in the same batch, otherwise a random one.
    """
    chosen = fake[rows] & (rng.random(len(rows)) < share)
    reals = (
        np.roll(rows, -1) if sampling == "pairs" else rng.choice(np.flatnonzero(~fake), len(rows))
    )
    return np.where(chosen, reals, rows)


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Weight each row so that both classes have the same total weight and the mean is 1.

    Parameters
    ----------
    labels : ndarray, shape (n,)
        1 for fake, 0 for real; both must occur.
    """
    share = labels.mean()
    return np.where(labels == 1, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
