"""Describe the face of each track by a vector; this code runs in a worker process.

The network is dlib's face recognition model (King, 2017,
http://blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html): a ResNet that gives
faces of one person vectors of 128 numbers nearer than some 0.6 to each other, and farther apart
those of two.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np
import pandas as pd

from stages.common.archive import read_members
from stages.common.errors import InputError
from stages.common.items import ItemResult
from stages.common.md5 import require_md5
from stages.common.picture import decode_stored
from stages.common.similarity import similarity
from stages.common.spread import spread
from stages.common.tables.faces import landmarks_of
from stages.identify.params import IdentifyParams

SIDE = 150  # px of a face as the network takes it
_FACES = 5  # of a track, evenly spread
_DIGITS = 5  # decimals of a number

POINTS = np.array([[46, 46], [101, 46], [73, 77], [48, 101], [99, 101]], float)
"""Eyes, nose and corners of the mouth in such a picture, in pixels: where dlib's own alignment
(``get_face_chip`` by 68 landmarks, padding 0.25) puts them, on the mean over 60 portraits."""

_OF_68 = (range(36, 42), range(42, 48), [30], [48], [54])
"""The same points among dlib's 68 landmarks."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """The tracks of one item.

    Attributes
    ----------
    archive : Path
        The item's archive of crops.
    faces : DataFrame
        The item's rows of the face table.
    """

    archive: Path
    faces: pd.DataFrame


def embed_tracks(item: Tracks, params: IdentifyParams) -> ItemResult:
    """Compute the mean vector of some faces of each track.

    Returns
    -------
    ItemResult
        ``track`` and ``vector``, 128 numbers separated by spaces.

    Raises
    ------
    ItemError
        A crop cannot be decoded.
    InputError
        The archive or the network's file cannot be read.
    """
    network = load_network(params.weights, params.md5)
    rows: dict[str, list[Any]] = {"track": [], "vector": []}
    for track, faces in item.faces.groupby("track"):
        shown = faces.iloc[spread(len(faces), _FACES)]
        crops = read_members(item.archive, shown["crop"].tolist())
        vectors = [
            network.compute_face_descriptor(aligned(decode_stored(crop), landmarks_of(points)))
            for crop, points in zip(crops.values(), shown["landmarks"], strict=True)
        ]
        rows["track"].append(int(track))
        mean = np.mean(np.array(vectors, float), axis=0)
        rows["vector"].append(" ".join(f"{number:.{_DIGITS}f}" for number in mean))
    return ItemResult(rows)


@cache
def load_network(weights: str, md5: str) -> dlib.face_recognition_model_v1:
    """Load the file of dlib's face recognition network.

    Raises
    ------
    InputError
        The file cannot be read, has another MD5, or holds another network.
    """
    require_md5(Path(weights), md5, "identify.weights")
    try:
        return dlib.face_recognition_model_v1(weights)
    except RuntimeError as error:
        raise InputError(f"{weights} holds no face recognition network of dlib: {error}") from None


def aligned(crop: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Turn, scale and shift a face as the network expects it.

    Parameters
    ----------
    crop : ndarray of uint8, shape (h, w, 3)
        RGB.
    landmarks : ndarray of float, shape (5, 2) or (68, 2)
        In pixels of the crop.

    Returns
    -------
    ndarray of uint8, shape (150, 150, 3)
        RGB.
    """
    if len(landmarks) > len(POINTS):
        landmarks = np.array([landmarks[list(part)].mean(axis=0) for part in _OF_68])
    turn, shift = similarity(landmarks, POINTS)
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return cv2.warpAffine(
        crop, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
