"""Affine maps of the plane, (2, 3) arrays as OpenCV has them, in exact steps (see the package)."""

from math import fsum

import numpy as np


def transform(pose: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where a map takes `points` of shape (..., 2)."""
    x, y = points[..., 0], points[..., 1]
    return np.stack([row[0] * x + row[1] * y + row[2] for row in pose], axis=-1)


def inverse(pose: np.ndarray) -> np.ndarray:
    """The map that takes everything back."""
    (a, b, x), (c, d, y) = pose
    area = a * d - b * c
    return np.array([[d, -b, b * y - d * x], [-c, a, c * x - a * y]]) / area


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Turn, scale and shift `source` to `target`, both (n, 2), with the least sum of squares."""
    from_centre, to_centre = mean(source), mean(target)
    (x, y), (u, v) = (source - from_centre).T, (target - to_centre).T
    size = fsum(x * x + y * y)
    cos, sin = fsum(x * u + y * v) / size, fsum(x * v - y * u) / size
    turn = np.array([[cos, -sin, 0], [sin, cos, 0]])
    turn[:, 2] = to_centre - transform(turn, from_centre)
    return turn


def mean(points: np.ndarray) -> np.ndarray:
    """Centre of `points` of shape (n, 2); `fsum` rounds once, in whatever order it adds."""
    return np.array([fsum(axis) / len(points) for axis in points.T])


def length(vector: np.ndarray) -> np.ndarray:
    """Length of vectors along the last axis of two."""
    x, y = vector[..., 0], vector[..., 1]
    return np.sqrt(x * x + y * y)
