"""MTCNN: a cascade of three small networks, applied to all frames of the same size at once.

The networks and their weights come from the package mtcnn 1.0.0. Its own stages are not used: they
call the networks eagerly, build the pyramid from full-size frames, silently find nothing with any
``min_face_size`` but 20 (the pyramid keeps as many levels as for 20, the last ones are too small
for the network, and the error is taken for "no faces"), and lose the faces of a whole batch when
one frame in it has no proposal. Here the networks are compiled once for all sizes, frames are
shrunk according to the smallest face to find, and boxes are selected frame by frame.

Source of the method: Zhang et al., Joint Face Detection and Alignment using Multi-task Cascaded
Convolutional Networks, 2016 (arXiv 1604.02878).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice, pairwise
from typing import Annotated, Any

import cv2
import numpy as np
from pydantic import Field

from stages.common.cluster import worker_number
from stages.common.errors import ParamsError
from stages.common.machine import this_machine
from stages.common.numbers import Fraction, PositiveFraction
from stages.common.params import Section
from stages.common.quiet import quiet_libraries
from stages.detect.detector import Detections, Detector, detections

VERSIONS = ("media", "network", "mtcnn")
ON_GPU = True

_BATCH_SIZE = {"cpu": 16, "gpu": 64}  # frames of an item

_WINDOW, _STRIDE = 12, 2  # of the proposal network, in pixels
_LEVEL_OVERLAP, _FRAME_OVERLAP, _FINAL_OVERLAP = 0.5, 0.7, 0.7  # as in the paper's own code
_DETAIL = 48  # px that the smallest face keeps: the input size of the output network
_GREY = 127.5  # centre of the networks' input range
_ROUNDING = 1e-9  # px, tolerance for rounding when a level is compared with the window

_SQUARE, _LOWER = 0.98, 0.08
"""dlib's square of a face relative to MTCNN's box: its side, and how much lower its centre is, both
over the mean of the box's sides. Medians over the clips of `bench.boxes` (docs/benchmarks.md)."""


class Thresholds(Section):
    """Minimum probability for a face to pass each network."""

    proposal: Fraction
    refinement: Fraction
    output: Fraction


class Params(Section):
    """``detect.mtcnn`` of params.yaml.

    Attributes
    ----------
    min_face : float
        Smallest face to find, as a fraction of the frame's shorter side.
    scale_factor : float
        Scale from one level of the pyramid to the next.
    thresholds : Thresholds
        Minimum probability of a face for each network.
    """

    min_face: PositiveFraction
    scale_factor: Annotated[float, Field(ge=0.5, lt=1)]
    thresholds: Thresholds


@dataclass(frozen=True)
class _Candidates:
    """The candidate boxes of a batch, sorted by frame.

    Attributes
    ----------
    owners : ndarray of int, shape (n,)
        Index within the batch of each box's frame.
    corners : ndarray of float64, shape (n, 4)
        Left, top, right and bottom in pixels of the frame.
    scores : ndarray of float32, shape (n,)
        Probability of a face.
    """

    owners: np.ndarray
    corners: np.ndarray
    scores: np.ndarray

    def __getitem__(self, index: np.ndarray) -> "_Candidates":
        return _Candidates(self.owners[index], self.corners[index], self.scores[index])


def make(params: Params) -> Detector:
    """Build a detector with compiled networks."""
    quiet_libraries()  # of each worker
    import tensorflow as tf  # takes seconds, and only workers need it

    batch_size = _BATCH_SIZE[choose_device(tf.config)]
    propose, refine, output = compiled_networks()

    def detect(frames: Iterable[np.ndarray]) -> list[Detections]:
        found: list[Detections] = []
        for sizes, shrunk in _batches(frames, params.min_face, batch_size):
            faces: list[Detections] = [detections([], [])] * len(shrunk)
            for indices in _indices_by_size(sizes):
                batch = np.stack([shrunk[index] for index in indices])
                candidates = _proposed(propose, batch, params)
                candidates = _refined(refine, batch, candidates, params.thresholds.refinement)
                to_frame = np.divide(sizes[indices[0]], batch.shape[1:3])[::-1]
                of_batch = _faces(output, batch, candidates, params.thresholds.output, to_frame)
                for index, of_frame in zip(indices, of_batch, strict=True):
                    faces[index] = of_frame
            found += faces
        return found

    return detect


def pyramid(height: int, width: int, min_face: float, scale_factor: float) -> list[tuple[int, int]]:
    """Return the sizes (height, width) at which the proposal network sees a frame, largest first.

    At the first size, the smallest face to find fills the network's window of 12 px. Frames are
    never enlarged.
    """
    shorter = min(height, width)
    scale = min(1.0, _WINDOW / (min_face * shorter))
    sizes = []
    while shorter * scale > _WINDOW - _ROUNDING:
        sizes.append((round(height * scale), round(width * scale)))
        scale *= scale_factor
    return sizes


def compiled_networks() -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """Compile the package's networks as functions of uint8 pictures, traced once for all sizes."""
    import tensorflow as tf
    from mtcnn.network.onet import ONet
    from mtcnn.network.pnet import PNet
    from mtcnn.network.rnet import RNet
    from mtcnn.utils.tensorflow import load_weights

    pictures = tf.TensorSpec([None, None, None, 3], tf.uint8)
    corners = tf.TensorSpec([None, 4], tf.float32)
    owners = tf.TensorSpec([None], tf.int32)

    def loaded(network: tf.keras.Model, weights: str) -> tf.keras.Model:
        network.build()
        # The full path matters: given a bare name, the package would prefer a file of that name in
        # the current folder, and it unpickles what it reads
        network.set_weights(load_weights(str(files("mtcnn") / "assets" / "weights" / weights)))
        return network

    def normalized(pictures: tf.Tensor) -> tf.Tensor:
        return (tf.cast(pictures, tf.float32) - _GREY) / 128

    def of_patches(network: tf.keras.Model, side: int) -> Callable[..., Any]:
        @tf.function(input_signature=[pictures, corners, owners])
        def run(pictures: tf.Tensor, corners: tf.Tensor, owners: tf.Tensor) -> list[tf.Tensor]:
            patches = tf.image.crop_and_resize(
                pictures, corners, owners, [side, side], extrapolation_value=_GREY
            )
            return network(normalized(patches))

        return run

    proposal = loaded(PNet(), "pnet.lz4")
    return (
        tf.function(lambda level: proposal(normalized(level)), input_signature=[pictures]),
        of_patches(loaded(RNet(), "rnet.lz4"), 24),
        of_patches(loaded(ONet(), "onet.lz4"), 48),
    )


def choose_device(config: Any) -> str:
    """Select the machine's `device`; with several GPUs, each worker uses the one of its number."""
    device = this_machine().device
    gpus = config.list_physical_devices("GPU")
    if device == "gpu" and not gpus:
        raise ParamsError("machine.yaml: device is gpu, but TensorFlow sees none")
    if device == "cpu" or not gpus:
        config.set_visible_devices([], "GPU")
        return "cpu"
    if (number := worker_number()) is not None:
        config.set_visible_devices(gpus[number % len(gpus)], "GPU")
    return "gpu"


def _batches(
    frames: Iterable[np.ndarray], min_face: float, batch_size: int
) -> Iterator[tuple[list[tuple[int, int]], list[np.ndarray]]]:
    """Yield batches of frames: their original sizes, and the frames at their working size."""
    frames = iter(frames)
    while some := [
        (frame.shape[:2], at_working_size(frame, min_face)) for frame in islice(frames, batch_size)
    ]:
        sizes, shrunk = zip(*some, strict=True)
        yield list(sizes), list(shrunk)


def _indices_by_size(sizes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Group the indices of frames of the same size."""
    groups: dict[tuple[int, int], list[int]] = {}
    for index, size in enumerate(sizes):
        groups.setdefault(size, []).append(index)
    return list(groups.values())


def at_working_size(frame: np.ndarray, min_face: float) -> np.ndarray:
    """Shrink a frame as far as possible while the smallest face to find keeps its detail."""
    height, width = frame.shape[:2]
    scale = min(1.0, _DETAIL / (min_face * min(height, width)))
    return shrink(frame, (round(height * scale), round(width * scale)))


def _proposed(propose: Callable[..., Any], batch: np.ndarray, params: Params) -> _Candidates:
    """First stage: propose windows from all levels of the pyramid."""
    height, width = batch.shape[1:3]
    levels = []
    level_frames = batch
    for size in pyramid(height, width, params.min_face, params.scale_factor):
        level_frames = np.stack([shrink(frame, size) for frame in level_frames])
        offsets, probabilities = (values.numpy() for values in propose(level_frames))
        scores = probabilities[..., 1]
        owners, rows, columns = np.nonzero(scores > params.thresholds.proposal)
        start = _STRIDE * np.stack([columns, rows, columns, rows], axis=-1)
        # The package's convention: a window covers the pixels 1 to 12, inclusive
        corners = start + np.array([1, 1, _WINDOW, _WINDOW])
        corners = corners + (_WINDOW - 1) * offsets[owners, rows, columns]
        to_frame = np.array([width, height, width, height]) / [*size[::-1], *size[::-1]]
        level = _Candidates(owners, corners * to_frame, scores[owners, rows, columns])
        levels.append(_nms(level, _LEVEL_OVERLAP))
    return _squared(_nms(_concatenated(levels), _FRAME_OVERLAP))


def _refined(
    refine: Callable[..., Any], batch: np.ndarray, candidates: _Candidates, threshold: float
) -> _Candidates:
    """Second stage: keep the candidates that are faces and correct their boxes."""
    if not candidates.owners.size:
        return candidates
    offsets, probabilities = _on_patches(refine, batch, candidates)
    corrected = _corrected(candidates, offsets, probabilities)
    return _squared(_nms(corrected[corrected.scores > threshold], _FRAME_OVERLAP))


def _faces(
    output: Callable[..., Any],
    batch: np.ndarray,
    candidates: _Candidates,
    threshold: float,
    to_frame: np.ndarray,
) -> list[Detections]:
    """Third stage: boxes, confidences and landmarks of each frame, in pixels of that frame."""
    if not candidates.owners.size:
        return [detections([], [])] * len(batch)
    offsets, points, probabilities = _on_patches(output, batch, candidates)
    # The network returns five x, then five y, as fractions of its input box
    points = np.stack([points[:, :5], points[:, 5:]], axis=-1)
    points = candidates.corners[:, None, :2] + points * _sizes(candidates)[:, None] - 1
    faces = _corrected(candidates, offsets, probabilities)
    found = []
    for frame in range(len(batch)):
        index = np.flatnonzero((faces.owners == frame) & (faces.scores > threshold))
        index = index[_nms_by_smaller(faces.corners[index], faces.scores[index])]
        boxes = _as_boxes(faces.corners[index]) * np.tile(to_frame, 2)
        found.append(detections(as_squares(boxes), faces.scores[index], points[index] * to_frame))
    return found


def shrink(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink a frame to `size`, (height, width), by area averaging, unless it has that size."""
    if frame.shape[:2] == size:
        return frame
    return cv2.resize(frame, size[::-1], interpolation=cv2.INTER_AREA)


def _on_patches(
    network: Callable[..., Any], batch: np.ndarray, candidates: _Candidates
) -> list[np.ndarray]:
    """Apply `network` to the part of the frame inside each candidate's box."""
    height, width = batch.shape[1:3]
    # crop_and_resize takes coordinates from 0, the first pixel's centre, to 1, the last one's
    relative = candidates.corners[:, [1, 0, 3, 2]] / [height - 1, width - 1, height - 1, width - 1]
    outputs = network(batch, relative.astype(np.float32), candidates.owners.astype(np.int32))
    return [values.numpy() for values in outputs]


def _corrected(
    candidates: _Candidates, offsets: np.ndarray, probabilities: np.ndarray
) -> _Candidates:
    sizes = np.tile(_sizes(candidates), 2)
    return _Candidates(candidates.owners, candidates.corners + offsets * sizes, probabilities[:, 1])


def _sizes(candidates: _Candidates) -> np.ndarray:
    """Return width and height, shape (n, 2); both end pixels are included."""
    return candidates.corners[:, 2:] - candidates.corners[:, :2] + 1


def _squared(candidates: _Candidates) -> _Candidates:
    """Extend boxes to squares around their centres."""
    first, last = candidates.corners[:, :2], candidates.corners[:, 2:]
    centres = (first + last) / 2
    half = (last - first).max(axis=1, keepdims=True) / 2
    corners = np.hstack([centres - half, centres + half])
    return _Candidates(candidates.owners, corners, candidates.scores)


def _concatenated(levels: list[_Candidates]) -> _Candidates:
    if not levels:
        return _Candidates(np.empty(0, int), np.empty((0, 4)), np.empty(0, np.float32))
    owners = np.concatenate([level.owners for level in levels])
    corners = np.concatenate([level.corners for level in levels])
    scores = np.concatenate([level.scores for level in levels])
    return _Candidates(owners, corners, scores)[np.argsort(owners, kind="stable")]


def _nms(candidates: _Candidates, overlap: float) -> _Candidates:
    """Drop the boxes of each frame whose IoU with a better one exceeds `overlap`."""
    boxes = _as_boxes(candidates.corners)
    starts = np.flatnonzero(np.diff(candidates.owners, prepend=-1))
    kept = [
        start
        + np.asarray(
            cv2.dnn.NMSBoxes(boxes[start:stop], candidates.scores[start:stop], 0, overlap)  # type: ignore[arg-type]  # OpenCV takes arrays
        )
        for start, stop in pairwise([*starts, len(boxes)])
    ]
    return candidates[np.concatenate(kept)] if kept else candidates


def _nms_by_smaller(corners: np.ndarray, scores: np.ndarray) -> list[int]:
    """Non-maximum suppression with the overlap relative to the smaller box's area.

    As in the last stage of the paper's code, this also removes a face inside another face.
    """
    areas = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        first = np.maximum(corners[index, :2], corners[kept, :2])
        last = np.minimum(corners[index, 2:], corners[kept, 2:])
        shared = np.prod(np.maximum(last - first, 0), axis=1)
        if (shared <= _FINAL_OVERLAP * np.minimum(areas[index], areas[kept])).all():
            kept.append(index)
    return kept


def as_squares(boxes: np.ndarray) -> np.ndarray:
    """Convert MTCNN's boxes, which are taller than wide, to the squares of `Detections`.

    Parameters
    ----------
    boxes : ndarray of float, shape (n, 4)
        Left, top, width and height in pixels.

    Returns
    -------
    ndarray of float64, shape (n, 4)
        Left, top, width and height in pixels.
    """
    mean = boxes[:, 2:].mean(axis=1, keepdims=True)
    centres = boxes[:, :2] + boxes[:, 2:] / 2 + mean * [0, _LOWER]
    sides = np.tile(_SQUARE * mean, 2)
    return np.hstack([centres - sides / 2, sides])


def _as_boxes(corners: np.ndarray) -> np.ndarray:
    """Convert left, top, right, bottom to left, top, width, height."""
    return np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
