"""Sampling of the faces of an epoch: selection, order and class weights."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from stages.common.overlap import iou
from stages.common.registry import find
from stages.common.table import KEY

_BOX = ["x", "y", "width", "height"]
_POOLS = ["original", "target", "group", "any"]
"""Columns of `numbered` by which a fake is paired with a real, the best first."""


def numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Extract what sampling needs from a split table, with names as numbers to draw faster.

    Parameters
    ----------
    table : DataFrame
        Rows as in `stages.common.tables.splits`.

    Returns
    -------
    DataFrame
        ``fake`` (bool), ``frame``, ``time`` (int, microseconds) and the box, and as numbers from 0
        ``item``, ``method``, ``target``, ``group``; ``original``, the ``item`` of the real that a
        face comes from: a real's own, -1 for a fake whose original has no face here; ``any``: 0.
    """
    item = table.groupby(KEY, sort=False).ngroup().to_numpy()
    items = table.loc[~pd.Series(item, table.index).duplicated()]
    real = (items["label"] == "real").to_numpy()
    names = pd.MultiIndex.from_frame(items.loc[real, ["dataset", "item"]])
    first = ~names.duplicated()
    original = np.arange(len(items))
    original[~real] = np.append(np.flatnonzero(real)[first], -1)[
        names[first].get_indexer(
            pd.MultiIndex.from_frame(items.loc[~real, ["dataset", "original"]])
        )
    ]
    of_items = {name: pd.factorize(items[name])[0] for name in ("method", "target", "group")}
    of_items |= {"fake": ~real, "original": original}
    columns = {name: values[item] for name, values in of_items.items()}
    time = np.rint(table["time"].to_numpy() * 1e6).astype(int)
    return table[["frame", *_BOX]].assign(item=item, time=time, any=0, **columns)


def epoch_rows(
    faces: pd.DataFrame,
    sampling: str,
    rng: np.random.Generator,
    frames_per_item: int | None = None,
) -> np.ndarray:
    """Draw the rows of one pass over a split, shuffled over the whole set.

    Parameters
    ----------
    faces : DataFrame
        Result of `numbered`.
    sampling : str
        A key of `SAMPLINGS`.
    rng : Generator
        Draws the order, and the selection if not all rows are used.
    frames_per_item : int, optional
        Number of frames drawn from each item, one from each equal part of it; by default all.

    Returns
    -------
    ndarray of int, shape (m,)
        Positions in `faces`.
    """
    drawn = np.arange(len(faces))
    if frames_per_item is not None:
        drawn = _of_some_frames(faces, frames_per_item, rng)
    return find("sampling", sampling, SAMPLINGS)(faces, drawn, rng)


def _of_some_frames(faces: pd.DataFrame, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the faces in `count` frames of each item, one frame from each equal part of it."""
    item, frame = faces["item"].to_numpy(), faces["frame"].to_numpy()
    order = np.lexsort([frame, item])
    new = np.diff(item[order], prepend=-1) != 0
    new |= np.diff(frame[order], prepend=-1) != 0
    frames = np.bincount(item[order[new]])
    bounds = np.arange(count + 1) * frames[:, None] // count
    places = bounds[:, :-1] + rng.random((len(frames), count)) * np.diff(bounds)
    shown = np.zeros(new.sum(), bool)
    shown[(np.cumsum(frames) - frames)[:, None] + places.astype(int)] = True
    return np.sort(order[shown[np.cumsum(new) - 1]])


def _all(faces: pd.DataFrame, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Take each face once."""
    return rng.permutation(drawn)


def _undersampled(faces: pd.DataFrame, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Undersample the larger class to the size of the smaller one."""
    fake = faces["fake"].to_numpy()[drawn]
    parts = [drawn[fake], drawn[~fake]]
    fewest = min(map(len, parts))
    return rng.permutation(
        np.concatenate([rng.choice(part, fewest, replace=False) for part in parts])
    )


def _by_pair(faces: pd.DataFrame, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Take each fake, followed by the real face that it was made from, and other reals in pairs.

    With an even batch size, both are in the same batch and differ mainly by the manipulation, as
    in the batches of self-blended images (Shiohara and Yamasaki, CVPR 2022). Reals that are not
    paired with a fake are paired with each other, so that all reals are shown.
    """
    fake = faces["fake"].to_numpy()
    fakes, reals = drawn[fake[drawn]], np.flatnonzero(~fake)
    partners = _nearest(faces, fakes, _clips(faces, fakes, reals, rng), reals, rng)
    alone = rng.permutation(np.setdiff1d(drawn[~fake[drawn]], partners))
    if len(alone) % 2:
        alone = np.append(alone, rng.choice(reals))
    pairs = np.concatenate([np.column_stack([fakes, partners]), alone.reshape(-1, 2)])
    return rng.permutation(pairs).ravel()


def _clips(
    faces: pd.DataFrame, fakes: np.ndarray, reals: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Choose the real item for each fake: its original, else one of its target, group, or any.

    If there are several, the fakes are dealt out evenly over the faces of these items.
    """
    items = faces["item"].to_numpy()
    clips = np.full(len(fakes), -1)
    for pool in _POOLS:
        without = np.flatnonzero(clips < 0)
        pools = faces[pool].to_numpy()
        dealt = _dealt(pools[fakes[without]], pools[reals], rng)
        clips[without] = np.append(items[reals], -1)[dealt]
    return clips


def _dealt(wanted: np.ndarray, offered: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deal the cards of each pool to its receivers, evenly and in random order.

    Parameters
    ----------
    wanted : ndarray of int, shape (n,)
        Pool of each receiver.
    offered : ndarray of int, shape (m,)
        Pool of each card; a card is dealt again after all others of its pool.
    rng : Generator
        Shuffles cards and receivers.

    Returns
    -------
    ndarray of int, shape (n,)
        Positions in `offered`; -1 if the pool has no card.
    """
    cards = np.lexsort([rng.random(len(offered)), offered])
    receivers = np.lexsort([rng.random(len(wanted)), wanted])
    pools = wanted[receivers]
    turn = np.arange(len(pools)) - np.searchsorted(pools, pools)
    first = np.searchsorted(offered[cards], pools)
    count = np.searchsorted(offered[cards], pools, side="right") - first
    dealt = np.full(len(wanted), -1)
    some = count > 0
    dealt[receivers[some]] = cards[(first + turn % np.maximum(count, 1))[some]]
    return dealt


def _nearest(
    faces: pd.DataFrame,
    fakes: np.ndarray,
    clips: np.ndarray,
    reals: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Find the face of a clip nearest in time to each fake and, of these, the best overlapping one.

    Parameters
    ----------
    faces : DataFrame
        Result of `numbered`.
    fakes : ndarray of int, shape (n,)
        Positions in `faces`.
    clips : ndarray of int, shape (n,)
        The real item to search for each fake.
    reals : ndarray of int, shape (m,)
        Positions of all reals.
    rng : Generator
        Breaks ties.

    Returns
    -------
    ndarray of int, shape (n,)
        Positions in `faces`.
    """
    item, time = faces["item"].to_numpy(), faces["time"].to_numpy()
    span = time.max() + 1
    moments = item[reals] * span + time[reals]  # sorts by item, then by time
    order = np.argsort(moments)
    reals, moments = reals[order], moments[order]
    wanted = clips * span + time[fakes]
    after = np.searchsorted(moments, wanted)
    padded = np.concatenate([[-span], moments, [(item.max() + 2) * span]])
    later, earlier = padded[after + 1], padded[after]
    gap_later = np.where(later // span == clips, later - wanted, span)
    gap_earlier = np.where(earlier // span == clips, wanted - earlier, span)
    both = np.concatenate([later, earlier])
    nearest = np.concatenate([gap_later <= gap_earlier, gap_earlier <= gap_later])
    of, at = np.tile(np.arange(len(fakes)), 2)[nearest], both[nearest]

    first = np.searchsorted(moments, at)
    counts = np.searchsorted(moments, at, side="right") - first
    of = np.repeat(of, counts)
    found = np.arange(len(of)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    boxes = faces[_BOX].to_numpy(float)
    overlap = iou(boxes[fakes[of]], boxes[reals[found]])
    best = np.lexsort([rng.random(len(of)), -overlap, of])
    return reals[found[best[np.searchsorted(of[best], np.arange(len(fakes)))]]]


def _by_group(faces: pd.DataFrame, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw as many faces as there are rows, each by group, then label, then method."""
    keys = faces[["group", "fake", "method"]].to_numpy(int)[drawn]
    order = np.lexsort(keys.T[::-1])
    low, high = np.zeros(len(drawn), int), np.full(len(drawn), len(drawn))
    for depth in (1, 2, 3):
        new = (np.diff(keys[order, :depth], axis=0, prepend=-1) != 0).any(axis=1)
        starts = np.append(np.flatnonzero(new), len(drawn))
        chosen = rng.integers(np.searchsorted(starts, low), np.searchsorted(starts, high))
        low, high = starts[chosen], starts[chosen + 1]
    return drawn[order[rng.integers(low, high)]]


SAMPLINGS: dict[str, Callable[[pd.DataFrame, np.ndarray, np.random.Generator], np.ndarray]] = {
    "all": _all,
    "undersample": _undersampled,
    "groups": _by_group,
    "pairs": _by_pair,
}
"""The keys are the values that ``recipe.sampling`` of params.yaml accepts.

Called with all faces, the positions drawn from them, and the generator.
"""


def learnt_from(table: pd.DataFrame, share: float) -> pd.DataFrame:
    """Rows of a split table that a training learns from or is chosen by.

    With a `share` of 1, all fakes are self-blended, and those of the table are left out.
    """
    return table[table["label"] == "real"] if share == 1 else table


def self_blended_rows(
    rows: np.ndarray,
    fake: np.ndarray,
    reals: np.ndarray,
    sampling: str,
    share: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Replace a share of the drawn fakes with real faces that are to be self-blended.

    Parameters
    ----------
    rows : ndarray of int, shape (m,)
        As `epoch_rows` returns them.
    fake : ndarray of bool, shape (m,)
        Which of these rows stand for a fake.
    reals : ndarray of int, shape (n,)
        Rows of all real faces.
    sampling : str
        As for `epoch_rows`.
    share : float
        Share of the drawn fakes to replace.
    rng : Generator
        Draws these fakes and the real faces that replace them.

    Returns
    -------
    rows : ndarray of int, shape (m,)
        With each chosen fake replaced by a real face: with ``pairs`` its partner, so that a face
        and its self-blended copy are in the same batch, otherwise a random one.
    chosen : ndarray of bool, shape (m,)
        Which positions were chosen.
    """
    chosen = fake & (rng.random(len(rows)) < share)
    shown = np.roll(rows, -1) if sampling == "pairs" else rng.choice(reals, len(rows))
    return np.where(chosen, shown, rows), chosen


def class_weights(labels: np.ndarray) -> np.ndarray:
    """Weight each row so that both classes have the same total weight and the mean is 1.

    Parameters
    ----------
    labels : ndarray, shape (n,)
        1 for fake, 0 for real; both must occur.
    """
    share = labels.mean()
    return np.where(labels == 1, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
