"""Show faces with the regions that raise their fake score (Grad-CAM)."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from app.analysis import Analysis
from stages.common.crops import resize_crop
from stages.common.picture import decode_stored
from stages.explain.gradcam import Maps
from stages.explain.sheet import overlay, warmth

MAX_FACES = 12
"""Largest number of faces explained for one item."""

_SIDE = 160  # px of each picture on the page


@dataclass(frozen=True)
class Face:
    """One face as it is shown.

    Attributes
    ----------
    row : int
        Its place among the faces of the analysis.
    person : int
        Number of the person, from 1.
    time : float
        Seconds from the first frame.
    p_fake : float
        In [0, 1].
    crop, explained : bytes
        JPEG pictures without and with the Grad-CAM map.
    """

    row: int
    person: int
    time: float
    p_fake: float
    crop: bytes
    explained: bytes


@dataclass(frozen=True)
class Explainer:
    """Renders faces without and with their Grad-CAM maps.

    Attributes
    ----------
    members : dict of str to Maps
        Grad-CAM of each network; for several networks, the mean of their maps is shown.
    """

    members: dict[str, Maps]

    @property
    def about(self) -> str:
        """Describe the resolution of the maps, in a few sentences for the page."""
        sizes = [f"{name} {maps.side} × {maps.side}" for name, maps in self.members.items()]
        said = f"Resolution of the maps: {', '.join(sizes)}."
        if earlier := self._named(lambda maps: maps.earlier):
            said += (
                f" The last layer of {earlier} is too coarse on faces this small; an earlier layer "
                "is shown, which is finer but less reliable."
            )
        if even := self._named(lambda maps: maps.side == 1):
            said += f" The map of {even} is one even tint, which says nothing about regions."
        return said

    def _named(self, such: Callable[[Maps], bool]) -> str:
        return " and ".join(name for name, maps in self.members.items() if such(maps))

    def faces(self, analysis: Analysis) -> list[Face]:
        """Explain at most `MAX_FACES` faces, spread over persons and time."""
        rows = analysis.clip.faces.reset_index(drop=True)
        chosen = _spread(rows["track"].to_numpy(), MAX_FACES)
        pictures = self.pictures([analysis.clip.crops[row] for row in chosen])
        return [
            Face(
                row,
                int(rows["track"][row]) + 1,
                float(rows["time"][row]),
                float(analysis.p_faces[row]),
                *pair,
            )
            for row, pair in zip(chosen, pictures, strict=True)
        ]

    def pictures(self, crops: list[bytes]) -> list[tuple[bytes, bytes]]:
        """Render each of at most `MAX_FACES` encoded crops of one item as two JPEG pictures.

        The maps share one scale: the strongest activation among all crops gets the full colour.
        """
        faces = [decode_stored(crop) for crop in crops]
        heat = np.mean([_heat(faces, maps) for maps in self.members.values()], axis=0)
        shown = [resize_crop(face, _SIDE) for face in faces]
        return [
            (_jpeg(picture), _jpeg(overlay(picture, warm)))
            for picture, warm in zip(shown, warmth(heat), strict=True)
        ]


def _spread(tracks: np.ndarray, max_rows: int) -> list[int]:
    """Choose at most `max_rows` rows: equally many per track, spread evenly over each track."""
    each = max(1, max_rows // len(np.unique(tracks)))
    chosen: list[int] = []
    for track in np.unique(tracks)[:max_rows]:
        rows = np.flatnonzero(tracks == track)
        chosen += rows[np.linspace(0, len(rows) - 1, min(each, len(rows))).astype(int)].tolist()
    return chosen


def _heat(faces: list[np.ndarray], maps: Maps) -> np.ndarray:
    """Maps of one network, scaled to [0, 1] and to the size of the pictures on the page."""
    return np.stack([cv2.resize(part, (_SIDE, _SIDE)) for part in warmth(maps.of(faces))])


def _jpeg(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
