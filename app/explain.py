"""Faces with the places that speak for a fake."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from stages.common.crops import resize_crop
from stages.common.picture import decode_stored
from stages.explain.gradcam import Maps
from stages.explain.sheet import overlay, warmth

MOST = 12
"""Faces at once."""

_SIDE = 160  # px of a picture on the page


@dataclass(frozen=True)
class Explainer:
    """Shows faces as they are, and under their Grad-CAM maps.

    Attributes
    ----------
    members : dict of str to Maps
        The maps of each network; of several the mean is shown.
    """

    members: dict[str, Maps]

    @property
    def about(self) -> str:
        """How fine the maps are, in a sentence or two for the page."""
        sizes = [f"{name} {maps.side} × {maps.side}" for name, maps in self.members.items()]
        said = f"Places of a map: {', '.join(sizes)}."
        if earlier := self._named(lambda maps: maps.earlier):
            said += (
                f" The last layer of {earlier} has too few places to show on faces this small; an "
                "earlier one is shown, finer and less sure."
            )
        if even := self._named(lambda maps: maps.side == 1):
            said += f" Of {even} a face has one even tint, which says nothing of places."
        return said

    def _named(self, such: Callable[[Maps], bool]) -> str:
        return " and ".join(name for name, maps in self.members.items() if such(maps))

    def pictures(self, crops: list[bytes]) -> list[tuple[bytes, bytes]]:
        """Two JPEG pictures of each of at most `MOST` encoded crops of one item.

        The strongest place among all of them has the full colour.
        """
        faces = [decode_stored(crop) for crop in crops]
        heat = np.mean([_heat(faces, maps) for maps in self.members.values()], axis=0)
        shown = [resize_crop(face, _SIDE) for face in faces]
        return [
            (_jpeg(picture), _jpeg(overlay(picture, warm)))
            for picture, warm in zip(shown, warmth(heat), strict=True)
        ]


def _heat(faces: list[np.ndarray], maps: Maps) -> np.ndarray:
    """Maps of one network in [0, 1], as large as the pictures on the page."""
    return np.stack([cv2.resize(part, (_SIDE, _SIDE)) for part in warmth(maps.of(faces))])


def _jpeg(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
