"""Faces with the places that speak for a fake."""

from collections.abc import Callable

import cv2
import numpy as np

from app.models import Model
from stages.common.crops import decode_crop
from stages.common.gradcam import grad_cam

MOST = 12
"""Faces at once."""

_SIDE = 160  # px of a picture on the page


def explainer(model: Model) -> Callable[[list[bytes]], list[tuple[bytes, bytes]]]:
    """Make the function that shows faces as they are, and under their Grad-CAM maps.

    Parameters
    ----------
    model : Model
        What scored them; of several members the mean is shown.

    Returns
    -------
    callable
        Takes at most `MOST` encoded crops of one medium, gives two JPEG pictures of each. The
        strongest place among all of them has the full colour.
    """
    networks = [
        (member.network.input_shape[1], grad_cam(member.network)) for member in model.members
    ]

    def explain(crops: list[bytes]) -> list[tuple[bytes, bytes]]:
        heat = np.mean([_heat(crops, size, maps) for size, maps in networks], axis=0)
        pictures = [decode_crop(crop, _SIDE) for crop in crops]
        return [
            (_jpeg(picture), _jpeg(_overlaid(picture, warmth)))
            for picture, warmth in zip(pictures, heat, strict=True)
        ]

    return explain


def _heat(crops: list[bytes], size: int, maps: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Maps of one network in [0, 1], shape (n, side, side)."""
    # One size of a batch: another would make Keras build another graph
    batch = np.zeros((MOST, size, size, 3), np.float32)
    batch[: len(crops)] = [decode_crop(crop, size) for crop in crops]
    found = np.maximum(maps(batch)[: len(crops)], 0)
    found /= max(float(found.max()), 1e-6)
    return np.stack([cv2.resize(part, (_SIDE, _SIDE)) for part in found])


def _overlaid(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    colours = cv2.applyColorMap(np.uint8(255 * heat), cv2.COLORMAP_INFERNO)[..., ::-1]
    share = 0.7 * heat[..., None]
    return np.uint8(np.round((1 - share) * picture + share * colours))


def _jpeg(picture: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
