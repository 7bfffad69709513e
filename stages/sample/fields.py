"""Smooth fields on a picture's grid, in exact steps (see the package)."""

import numpy as np

from stages.sample.exact import bell


def grid(width: int, height: int) -> np.ndarray:
    """Pixel coordinates (x, y), float64 of shape (height, width, 2)."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x, y], axis=-1).astype(np.float64)


def bumps(
    width: int, height: int, points: np.ndarray, values: np.ndarray, radius: float
) -> np.ndarray:
    """Sum of round bumps, (1 - (r / radius)^2)^2 within their radius.

    Parameters
    ----------
    width, height : int
        Size of the field in pixels.
    points : ndarray of shape (n, 2)
        Centres (x, y) in pixels.
    values : ndarray of shape (n, 2)
        Height of each bump, for instance a displacement in pixels.
    radius : float
        Where a bump ends, in pixels.

    Returns
    -------
    ndarray of shape (height, width, 2), float64
    """
    field = np.zeros((height, width, 2))
    for (x, y), value in zip(points, values, strict=True):
        columns = np.arange(max(0, int(x - radius)), min(width, int(x + radius) + 2))
        rows = np.arange(max(0, int(y - radius)), min(height, int(y + radius) + 2))[:, None]
        distance = (columns - x) * (columns - x) + (rows - y) * (rows - y)
        inside = np.maximum(1 - distance / (radius * radius), 0)
        field[rows, columns] += (inside * inside)[..., None] * value
    return field


def noise(
    rng: np.random.Generator, width: int, height: int, cells: int, channels: int
) -> np.ndarray:
    """Smooth random field of zero mean: random values on a lattice, cubic in between.

    Returns
    -------
    ndarray of shape (height, width, channels), float64
        Standard deviation 1 at the lattice's nodes, which lie `cells` to the longer side.
    """
    step = max(width, height) / cells
    lattice = bell(rng, int(np.ceil(height / step)) + 1, int(np.ceil(width / step)) + 1, channels)
    columns = stretch(lattice, np.arange(height) / step)
    return stretch(columns.swapaxes(0, 1), np.arange(width) / step).swapaxes(0, 1)


def stretch(nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values between nodes along the first axis, by Catmull and Rom's cubic (1974).

    Parameters
    ----------
    nodes : ndarray of shape (n, ...)
    at : ndarray of shape (m,)
        Places in [0, n - 1]: the nodes lie at 0, 1, 2, …; the first and last are repeated.

    Returns
    -------
    ndarray of shape (m, ...), float64
    """
    before = np.floor(at).astype(int)
    t = (at - before).reshape(-1, *[1] * (nodes.ndim - 1))
    a, b, c, d = (nodes[np.clip(before + step, 0, len(nodes) - 1)] for step in (-1, 0, 1, 2))
    return b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2


def values_at(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values of a field (height, width, channels) at `points` (..., 2), linear in between."""
    height, width = field.shape[:2]
    x = np.clip(points[..., 0], 0, width - 1)
    y = np.clip(points[..., 1], 0, height - 1)
    left = np.minimum(x.astype(int), width - 2)
    top = np.minimum(y.astype(int), height - 2)
    across, down = (x - left)[..., None], (y - top)[..., None]
    nodes, first = field.reshape(height * width, -1), top * width + left
    a, b, c, d = (nodes.take(first + step, axis=0) for step in (0, 1, width, width + 1))
    upper, lower = a + across * (b - a), c + across * (d - c)
    return upper + down * (lower - upper)
