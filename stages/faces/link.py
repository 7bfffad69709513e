"""Link the faces of one item into tracks, one per person."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from stages.faces.params import Tracks


def link(positions: np.ndarray, boxes: np.ndarray, frames: int, tracks: Tracks) -> np.ndarray:
    """Assign each face to a track, and drop tracks that are too short or too small.

    Frame by frame, faces are assigned to the recent tracks so that the sum of their moves is
    minimal. A move is the distance between the centres over the size of the face, not an overlap:
    stored frames may be seconds apart, so boxes of the same person need not overlap.

    Parameters
    ----------
    positions : ndarray of int, shape (n,)
        Index of each face's frame among the item's stored frames, from 0.
    boxes : ndarray of float, shape (n, 4)
        Left, top, width, height in pixels.
    frames : int
        Number of the item's stored frames.
    tracks : Tracks
        Limits on moves, gaps, length and size.

    Returns
    -------
    ndarray of int, shape (n,)
        Number of each face's track, or -1 if it is dropped. The longest track comes first, then
        the earliest, then the leftmost. The order of the faces within a frame does not matter.
    """
    labels = np.full(len(boxes), -1)
    last: list[int] = []  # the latest face of each track
    for position in np.unique(positions):
        faces = np.flatnonzero(positions == position)
        faces = faces[np.lexsort(boxes[faces].T)]
        near = [
            label
            for label, face in enumerate(last)
            if position - positions[face] <= tracks.max_gap + 1
        ]
        moves = _moves(boxes[[last[label] for label in near]], boxes[faces])
        allowed = moves <= tracks.max_shift
        # More than all allowed moves together, so that none is given up for a refused one
        refused = tracks.max_shift * (len(faces) + 1)
        for row, column in zip(
            *linear_sum_assignment(np.where(allowed, moves, refused)), strict=True
        ):
            if allowed[row, column]:
                labels[faces[column]] = near[row]
                last[near[row]] = faces[column]
        for face in faces[labels[faces] < 0]:
            labels[face] = len(last)
            last.append(face)
    return _numbered(labels, positions, boxes, tracks.min_share * frames, tracks.min_size)


def _moves(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the distance between centres over the mean size of the two boxes, shape (n, m)."""
    centres = [boxes[:, :2] + boxes[:, 2:] / 2 for boxes in (before, after)]
    sizes = [boxes[:, 2:].max(axis=1) for boxes in (before, after)]
    distances = np.linalg.norm(centres[0][:, None] - centres[1][None], axis=-1)
    return distances / ((sizes[0][:, None] + sizes[1][None]) / 2)


def _numbered(
    labels: np.ndarray,
    positions: np.ndarray,
    boxes: np.ndarray,
    min_length: float,
    min_size: float,
) -> np.ndarray:
    """Number the tracks that are long enough, and of them those that are large enough.

    A track's size is the median of its faces'. Short tracks do not count as the largest, since a
    false box may be larger than any face.
    """
    ranked = []
    sizes = {}
    for label in np.unique(labels):
        faces = np.flatnonzero(labels == label)
        first = faces[np.argmin(positions[faces])]
        if len(faces) >= min_length:
            ranked.append((-len(faces), positions[first], *boxes[first], label))
            sizes[label] = np.median(boxes[faces, 2:].max(axis=1))
    least = min_size * max(sizes.values(), default=0)
    ranked = [track for track in ranked if sizes[track[-1]] >= least]
    numbered = np.full(len(labels), -1)
    for number, (*_, label) in enumerate(sorted(ranked)):
        numbered[labels == label] = number
    return numbered
