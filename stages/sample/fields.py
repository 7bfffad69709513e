"""Smooth fields on a picture's pixel grid, and resampling of pictures with them."""

import cv2
import numpy as np


def grid(width: int, height: int) -> np.ndarray:
    """Return the pixel coordinates (x, y), float32 of shape (height, width, 2)."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.dstack([x, y]).astype(np.float32)


def bumps(
    width: int, height: int, points: np.ndarray, values: np.ndarray, sigma: float
) -> np.ndarray:
    """Sum Gaussian bumps.

    Parameters
    ----------
    width, height : int
        Size of the field in pixels.
    points : ndarray of shape (n, 2)
        Centres (x, y) in pixels.
    values : ndarray of shape (n, 2)
        Amplitude of each bump, for instance a displacement in pixels.
    sigma : float
        Standard deviation of the bumps in pixels.

    Returns
    -------
    ndarray of shape (height, width, 2), float32
    """
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    planes = np.zeros((2, height, width), np.float32)
    for point, value in zip(
        np.array(points, np.float32), np.array(values, np.float32), strict=True
    ):
        along_x = np.exp(-((x - point[0]) ** 2) / np.float32(2 * sigma**2))
        along_y = np.exp(-((y - point[1]) ** 2) / np.float32(2 * sigma**2))
        planes += value[:, None, None] * along_y[:, None] * along_x
    return np.dstack(list(planes))


def noise(
    rng: np.random.Generator, width: int, height: int, cells: int, channels: int
) -> np.ndarray:
    """Draw a smooth random field of zero mean.

    Values are drawn from a normal distribution on a lattice and interpolated bicubically.

    Returns
    -------
    ndarray of shape (height, width, channels), float32
        The standard deviation is 1 at the nodes of the lattice, which has `cells` cells along the
        longer side.
    """
    step = max(width, height) / cells
    shape = (int(np.ceil(height / step)) + 1, int(np.ceil(width / step)) + 1, channels)
    lattice = rng.standard_normal(shape).astype(np.float32)
    return sample(lattice, grid(width, height) / step)


def sample(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Sample `picture` at the coordinates `at` (float32, (height, width, 2)).

    The interpolation is bicubic; the edge pixels are repeated beyond the border.
    """
    values = cv2.remap(picture, at, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return values.reshape(*at.shape[:2], *picture.shape[2:])


def move(picture: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Warp `picture` by an affine map (2, 3), bicubic, with its edge pixels repeated."""
    height, width = picture.shape[:2]
    return cv2.warpAffine(
        picture, pose, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def values_at(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Interpolate a field (height, width, 2) bilinearly at `points` (n, 2)."""
    return cv2.remap(field, points.astype(np.float32)[None], None, cv2.INTER_LINEAR)[0]
