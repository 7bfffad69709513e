"""Find items of two datasets that show one picture, however it was encoded, scaled or cropped."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

MAX_DISTANCE = 15
"""Bits in which two hashes of one picture differ at most, of 256 (docs/benchmarks.md)."""

_BLOCK = 2**21  # pairs of hashes that are compared at once


def same_pictures(hashes: pd.DataFrame) -> pd.DataFrame:
    """Find the items of which a frame or a crop is that of a seen dataset's item.

    Of 16 words of 16 bits, one at least is equal where no more than 15 bits differ, so only hashes
    with a word in common are compared.

    Parameters
    ----------
    hashes : DataFrame
        ``hash`` of 64 hexadecimal digits, ``place`` (the item), ``dataset``, ``role``; rows in any
        order.

    Returns
    -------
    DataFrame
        ``place`` and ``other``: an item, and one of a seen dataset other than its own, each pair
        once.
    """
    hashes = hashes.drop_duplicates(["place", "hash"]).sort_values(["place", "hash"])
    words = np.frombuffer(bytes.fromhex("".join(hashes["hash"])), "<u8").reshape(-1, 4)
    place, places = pd.factorize(hashes["place"])
    found = [np.empty((0, 2), int)]
    for name in hashes.loc[hashes["role"] == "seen", "dataset"].unique():
        # Most pairs of hashes are of one dataset, whose size would enter with its square
        own = (hashes["dataset"] == name).to_numpy()
        for one, other in _candidates(words, np.flatnonzero(~own), np.flatnonzero(own)):
            near = np.bitwise_count(words[one] ^ words[other]).sum(axis=1) <= MAX_DISTANCE
            found.append(np.unique(np.stack([place[one], place[other]], 1)[near], axis=0))
    pairs = np.unique(np.concatenate(found), axis=0)
    return pd.DataFrame({"place": places[pairs[:, 0]], "other": places[pairs[:, 1]]})


def _candidates(
    words: np.ndarray, ones: np.ndarray, others: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows, of `ones` and of `others`, that have 16 bits in common, in blocks."""
    for bits in words.view("<u2").T:
        by_bits = others[np.argsort(bits[others], kind="stable")]
        first = np.searchsorted(bits[by_bits], bits[ones], "left")
        counts = np.searchsorted(bits[by_bits], bits[ones], "right") - first
        ends = np.cumsum(counts)
        start = 0
        while start < len(ones):
            done = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, done + _BLOCK, "right")))
            count = counts[start:stop]
            one = np.repeat(ones[start:stop], count)
            within = np.arange(len(one)) - np.repeat(ends[start:stop] - count - done, count)
            yield one, by_bits[np.repeat(first[start:stop], count) + within]
            start = stop
