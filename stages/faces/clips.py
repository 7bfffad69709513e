"""Clips of tracked faces: which faces each shows, and its picture."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from stages.common.clips import ClipParams, tile
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.faces.crop import cut_out
from stages.faces.merge import BOX
from stages.faces.params import Crop


def find_clips(faces: pd.DataFrame, clip: ClipParams) -> pd.DataFrame:
    """Divide tracks into clips that share no frame; faces that complete none are left out.

    All frames of a clip are cut at the mean of their boxes and landmarks, so that the person moves
    in the picture, and not the picture with each detection.

    Parameters
    ----------
    faces : DataFrame
        Rows of `stages.faces.find.find_faces` that are kept.
    clip : ClipParams
        What a clip consists of.

    Returns
    -------
    DataFrame
        The rows of these faces, with the clip's boxes and landmarks, and ``clip``, the index of its
        first face, in the order of frames.
    """
    if clip.frames == 1:
        return faces.assign(clip=faces.index)
    first: dict[int, int] = {}
    for _, track in faces.groupby("track"):
        left = dict(zip(track["frame"], track.index, strict=True))
        for start in sorted(left):
            frames = range(start, start + clip.span, clip.stride)
            if left.keys() >= set(frames):
                index = left[start]
                first |= {left.pop(frame): index for frame in frames}
    clips = faces.loc[list(first)].assign(clip=list(first.values()))
    places = [*BOX, *LANDMARK_COLUMNS]
    clips[places] = clips.groupby("clip")[places].transform("mean")
    return clips.sort_values(["frame", "track"])


def starts(clips: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first face of each clip, which stand for the clip."""
    return clips[clips["clip"] == clips.index]


def cut_clips(
    clips: pd.DataFrame, picture: Callable[[int], np.ndarray], crop: Crop, clip: ClipParams
) -> Iterator[tuple[np.ndarray, pd.DataFrame, dict[int, np.ndarray]]]:
    """Crop clips, decoding each frame once.

    Parameters
    ----------
    clips : DataFrame
        See `find_clips`.
    picture : callable
        Gives a frame by its number: uint8, shape (height, width, 3), RGB.
    crop : Crop
        How faces are cropped.
    clip : ClipParams
        What a clip consists of.

    Yields
    ------
    picture : ndarray of uint8, shape (height, width, 3)
        A frame, in the order of time.
    faces : DataFrame
        The rows of `clips` that are in it.
    crops : dict of int to ndarray of uint8, shape (side, side, 3)
        The crop of each clip that ends in it, by ``clip``.
    """
    cut: dict[int, list[np.ndarray]] = {}
    for frame, faces in clips.groupby("frame"):
        shown, whole = picture(frame), {}
        for index, (box, points) in zip(faces["clip"], boxes_and_points(faces), strict=True):
            cut.setdefault(index, []).append(cut_out(shown, box, points, crop))
            if len(cut[index]) == clip.frames:
                whole[index] = tile(np.stack(cut.pop(index)))
        yield shown, faces, whole


def boxes_and_points(faces: pd.DataFrame) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the box of each face, shape (4,), and its detector's landmarks, shape (5, 2)."""
    points = faces[LANDMARK_COLUMNS].to_numpy(float).reshape(len(faces), 5, 2)
    yield from zip(faces[BOX].to_numpy(float), points, strict=True)
