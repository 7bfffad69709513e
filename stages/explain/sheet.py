"""Contact sheets: faces, their Grad-CAM overlays, and captions."""

from collections.abc import Sequence

import cv2
import numpy as np

_SIDE = 160  # px
_CAPTION = 36  # px
_COLUMNS = 4
_WIDTH = 2 * _SIDE + 8


def warmth(heat: np.ndarray) -> np.ndarray:
    """Positive part of Grad-CAM maps, scaled to [0, 1] by the maximum over all maps."""
    return np.maximum(heat, 0) / max(float(heat.max()), 1e-6)


def overlay(crop: np.ndarray, warm: np.ndarray) -> np.ndarray:
    """Overlay a crop with its Grad-CAM map.

    Parameters
    ----------
    crop : ndarray of uint8, shape (h, w, 3)
        RGB.
    warm : ndarray of float, shape (a, b)
        The map, 0 to 1, as returned by `warmth`.
    """
    warm = cv2.resize(warm, crop.shape[1::-1])
    # Rounding errors differ between runs, but the picture must not
    warm = np.round(warm, 3)
    colours = cv2.applyColorMap(np.uint8(np.round(255 * warm)), cv2.COLORMAP_INFERNO)[..., ::-1]
    share = 0.6 * warm[..., None]
    return np.round((1 - share) * crop + share * colours).astype(np.uint8)


def contact_sheet(
    crops: Sequence[np.ndarray], heats: np.ndarray, captions: Sequence[tuple[str, str]]
) -> np.ndarray:
    """Draw pairs of a crop and its overlay, each with a caption of two lines.

    Parameters
    ----------
    crops : sequence of ndarray of uint8, shape (h, w, 3)
        RGB.
    heats : ndarray of float, shape (n, rows, columns)
        Maps of the crops.
    captions : sequence of (str, str)
        The two lines of each caption.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        RGB; without crops, a sheet with a note.
    """
    tiles = [_tile(*parts) for parts in zip(crops, heats, captions, strict=True)]
    if not tiles:
        tiles = [_written(np.full((_CAPTION, _WIDTH, 3), 255, np.uint8), 14, "no such case")]
    empty = np.full_like(tiles[0], 255)
    tiles += [empty] * (-len(tiles) % min(_COLUMNS, len(tiles)))
    columns = min(_COLUMNS, len(tiles))
    rows = [np.hstack(tiles[first : first + columns]) for first in range(0, len(tiles), columns)]
    return np.vstack(rows)


def _tile(crop: np.ndarray, heat: np.ndarray, caption: tuple[str, str]) -> np.ndarray:
    tile = np.full((_SIDE + _CAPTION, _WIDTH, 3), 255, np.uint8)
    for place, picture in enumerate((crop, overlay(crop, warmth(heat)))):
        tile[:_SIDE, place * _SIDE : (place + 1) * _SIDE] = cv2.resize(picture, (_SIDE, _SIDE))
    for line, text in enumerate(caption):
        _written(tile, _SIDE + 14 + 16 * line, text)
    return tile


def _written(picture: np.ndarray, baseline: int, text: str) -> np.ndarray:
    plain = text.encode("ascii", "replace").decode()  # OpenCV's fonts support only ASCII
    return cv2.putText(
        picture, plain, (2, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA
    )
