"""Draw on a picture: a box and P(fake) for each face, and a legend."""

from functools import cache

import cv2
import numpy as np

REAL, UNSURE, FAKE = (38, 110, 214), (240, 196, 60), (216, 52, 38)
"""RGB at P(fake) 0, 0.5 and 1: blue to red, distinguishable with any colour vision."""

PAPER = (16, 16, 16)
"""RGB of the ground that the legend is written on."""

Part = tuple[slice, slice]
"""Rows and columns of a picture."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK = (255, 255, 255)
_LEGEND = "P(fake)"
_LUMINANCE = (0.2126, 0.7152, 0.0722)  # of linear red, green and blue


def colour(p_fake: float) -> tuple[int, int, int]:
    """Map a score in [0, 1] to an RGB colour."""
    red, green, blue = (
        round(np.interp(p_fake, [0, 0.5, 1], levels))
        for levels in zip(REAL, UNSURE, FAKE, strict=True)
    )
    return red, green, blue


def ink_on(paper: tuple[int, int, int]) -> tuple[int, int, int]:
    """Black or white, whichever has the larger contrast (WCAG 2.2) on an RGB colour.

    The larger one is at least 4.5:1 on every colour.
    """
    share = np.array(paper) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    # White and black are as far away where (1 + 0.05) / (L + 0.05) = (L + 0.05) / 0.05
    return (0, 0, 0) if linear @ _LUMINANCE > 0.179 else (255, 255, 255)


def draw_box(picture: np.ndarray, box: np.ndarray, p_fake: float) -> None:
    """Draw the box of one face on a picture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        RGB; modified in place.
    box : ndarray of float, shape (4,)
        Left, top, width, height in pixels; it may extend past the border.
    p_fake : float
        In [0, 1].
    """
    unit = _unit(picture.shape[:2])
    left, top, right, bottom = _corners(box)
    cv2.rectangle(picture, (left, top), (right, bottom), PAPER, 4 * unit, cv2.LINE_AA)
    cv2.rectangle(picture, (left, top), (right, bottom), colour(p_fake), 2 * unit, cv2.LINE_AA)


def draw_score(picture: np.ndarray, box: np.ndarray, p_fake: float, name: str) -> None:
    """Write `name` (ASCII, may be empty) and P(fake) of one face beside its box."""
    size, text = picture.shape[:2], _score_text(p_fake, name)
    corner, _ = _score_place(size, box, text)
    _label(picture, text, corner, _unit(size), colour(p_fake))


def _score_text(p_fake: float, name: str) -> str:
    return f"{name} {p_fake:.2f}".strip()


def _score_place(
    size: tuple[int, ...], box: np.ndarray, text: str
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Upper left corner, and width and height, of a score's label."""
    unit = _unit(size)
    left, top, _, bottom = _corners(box)
    width, height = _extent(text, unit)
    # Keep the label inside the picture, above the face if there is room
    x = min(max(left, 0), max(size[1] - width, 0))
    y = top - height - 2 * unit if top - height - 2 * unit >= 0 else max(bottom, 0) + 2 * unit
    return (x, min(y, max(size[0] - height, 0))), (width, height)


def draw_legend(picture: np.ndarray, note: str) -> None:
    """Draw the colour scale, with `note` (ASCII) beside it, in the lower left corner."""
    unit = _unit(picture.shape[:2])
    text = _legend_text(note)
    _, height = _extent(text, unit)
    bar = 60 * unit
    top = max(picture.shape[0] - height, 0)
    zero, one = _extent("0", unit)[0], _extent("1", unit)[0]
    _label(picture, "0", (0, top), unit, PAPER)
    strip = _scale(bar)
    target = picture[top : top + height, zero : zero + bar]
    target[:] = strip[None, : target.shape[1]]
    _label(picture, "1", (zero + bar, top), unit, PAPER)
    _label(picture, text, (zero + bar + one, top), unit, PAPER)


def _legend_text(note: str) -> str:
    return f"{_LEGEND}  {note}" if note else _LEGEND


@cache
def _scale(steps: int) -> np.ndarray:
    """Colours from 0 to 1: uint8, RGB, (steps, 3)."""
    return np.array([colour(p_fake) for p_fake in np.linspace(0, 1, steps)], np.uint8)


def box_parts(size: tuple[int, int], box: np.ndarray) -> list[Part]:
    """Parts that `draw_box` changes on a picture of (height, width): the sides of the box."""
    reach = 4 * _unit(size)  # more than half of the thickest line, and its soft edge
    left, top, right, bottom = _corners(box)
    rows, columns = (top - reach, bottom + reach), (left - reach, right + reach)
    return [
        *(_part(size, (side - reach, side + reach), columns) for side in (top, bottom)),
        *(_part(size, rows, (side - reach, side + reach)) for side in (left, right)),
    ]


def score_part(size: tuple[int, int], box: np.ndarray, p_fake: float, name: str) -> Part:
    """Part that `draw_score` changes on a picture of (height, width)."""
    (x, y), (width, height) = _score_place(size, box, _score_text(p_fake, name))
    return _part(size, (y, y + height + 1), (x, x + width + 1))


def legend_part(size: tuple[int, int], note: str) -> Part:
    """Part that `draw_legend` changes on a picture of (height, width)."""
    unit = _unit(size)
    (width, height), ends = _extent(_legend_text(note), unit), _extent("0", unit)[0]
    wide = 60 * unit + ends + _extent("1", unit)[0] + width
    return _part(size, (max(size[0] - height, 0), size[0]), (0, wide + 1))


def has_pixels(part: Part) -> bool:
    """Whether a part lies in the picture."""
    return all(side.start < side.stop for side in part)


def around(parts: list[Part]) -> Part:
    """Smallest rectangle around some parts."""
    rows, columns = (
        slice(min(side.start for side in sides), max(side.stop for side in sides))
        for sides in zip(*parts, strict=True)
    )
    return rows, columns


def within(part: Part, area: Part) -> Part:
    """Place of a part in an area that it lies in."""
    rows, columns = (
        slice(side.start - of.start, side.stop - of.start)
        for side, of in zip(part, area, strict=True)
    )
    return rows, columns


def _part(size: tuple[int, int], rows: tuple[int, int], columns: tuple[int, int]) -> Part:
    """Widen to even numbers, since two rows and columns share a colour in yuv420p, and clip."""
    (top, bottom), (left, right) = (
        (min(max(low // 2 * 2, 0), side), min(max(-(-high // 2) * 2, 0), side))
        for (low, high), side in zip((rows, columns), size, strict=True)
    )
    return slice(top, bottom), slice(left, right)


def _corners(box: np.ndarray) -> list[int]:
    """Left, top, right and bottom, rounded to whole pixels."""
    return np.round([*box[:2], *(box[:2] + box[2:])]).astype(int).tolist()


def _unit(size: tuple[int, ...]) -> int:
    """Thickness of a thin line in pixels, proportional to the shorter side of the picture."""
    return max(1, round(min(size) / 360))


@cache
def _extent(text: str, unit: int) -> tuple[int, int]:
    (width, height), baseline = cv2.getTextSize(text, _FONT, 0.45 * unit, unit)
    return width + 6 * unit, height + baseline + 4 * unit


def _label(
    picture: np.ndarray, text: str, corner: tuple[int, int], unit: int, paper: tuple[int, int, int]
) -> None:
    """Draw text on a filled rectangle, given the upper left corner of the rectangle."""
    x, y = corner
    width, height = _extent(text, unit)
    cv2.rectangle(picture, (x, y), (x + width, y + height), paper, cv2.FILLED)
    ink = _INK if np.dot(paper, [0.299, 0.587, 0.114]) < 140 else PAPER
    baseline = y + height - 4 * unit
    cv2.putText(picture, text, (x + 3 * unit, baseline), _FONT, 0.45 * unit, ink, unit, cv2.LINE_AA)
