"""Compare face detection with the usual script and with facenet-pytorch, in one run.

Command
    ``BENCH_CLIPS=<folder of videos> python -m bench.detect``
Contenders
    usual: mtcnn's ``MTCNN()``, created again for each frame, with its default minimum face size
    ours: `stages.detect.detectors.mtcnn`, one single-threaded process per core, as in the pipeline
    facenet: facenet-pytorch's MTCNN on batches of frames, in one process that uses all cores;
    skipped if it is not installed (``pip install --no-deps facenet-pytorch``)
All see the same decoded frames, one per second, in full size. Decoding, starting processes, and a
first call that builds the networks are not counted; building them again for each frame counts, as
the usual script does that itself. Recall is the share of the usual script's faces (confidence of at
least 0.95, both sides at least `SMALLEST` px) that are found again with an IoU of at least 0.5.
Wall time is meaningful only on an idle machine; CPU seconds of all threads and processes are
printed, too.
"""

import os
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import av
import cv2
import numpy as np

from bench.frames import videos_of
from stages.common import cluster
from stages.common.resources import processors
from stages.detect.detectors import mtcnn
from stages.faces.overlap import match

SMALLEST = 40
"""Minimum face size, in px of the frame as scaled by DFDetect: by 1/3 if wider than 1900 px, by 1/2
if wider than 1000 px."""

_BATCH_SIZE = 16  # frames, as in stages.detect.boxes
_REPEATS = 3  # the best run counts; the usual script is slow and runs only once

Faces = list[tuple[np.ndarray, np.ndarray]]
"""Boxes (left, top, width, height) and confidences of each frame."""


def main() -> None:
    """Run all contenders on the clips."""
    compare(videos_of("BENCH_CLIPS"))


def compare(videos: list[Path]) -> None:
    """Run all contenders and print their rates, recalls and ratios."""
    with tempfile.TemporaryDirectory() as temporary:
        clips = [Path(temporary) / f"{number}.npy" for number in range(len(videos))]
        for video, clip in zip(videos, clips, strict=True):
            np.save(clip, one_a_second(video))
        frames = sum(len(np.load(clip, mmap_mode="r")) for clip in clips)
        cores = processors()
        print(f"detection alone: {frames} frames of {len(clips)} clips, {cores} cores")

        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            expected, usual = pool.submit(usual_script, clips).result()
        wanted = at_least(expected, clips)
        print(f"usual:   {usual.summary(frames)}; {len(wanted)} faces to find again")

        found, ours, in_networks = this_project(clips, cores)
        print(
            f"ours:    {ours.summary(frames)}, {ours.speed_up_over(usual)} usual; recall "
            f"{recall(found, wanted):.3f}; {in_networks / cores / ours.wall:.0%} in the networks"
        )
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            try:
                found, theirs = pool.submit(facenet, clips).result()
            except ImportError as error:
                print(f"facenet: left out, {error}")
                return
        print(
            f"facenet: {theirs.summary(frames)}, {theirs.speed_up_over(usual)} usual; recall "
            f"{recall(found, wanted):.3f}\nours is {ours.speed_up_over(theirs)} facenet"
        )


@dataclass
class Seconds:
    """Time that a contender took."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Add the time that this process spends in the block."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu

    def summary(self, frames: int) -> str:
        """Format both times and the frame rate."""
        return f"{self.wall:.2f} s wall, {self.cpu:.2f} s CPU, {frames / self.wall:.1f} frames/s"

    def speed_up_over(self, slower: "Seconds") -> str:
        """Format the speed-up over `slower`."""
        return f"{slower.wall / self.wall:.1f} x (CPU {slower.cpu / self.cpu:.1f} x)"


def one_a_second(video: Path) -> np.ndarray:
    """Decode one frame per second: RGB, uint8, shape (frames, height, width, 3)."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        every = round(stream.average_rate)
        return np.stack(
            [
                frame.to_ndarray(format="rgb24")
                for index, frame in enumerate(container.decode(stream))
                if index % every == 0
            ]
        )


def smallest_face(width: int) -> int:
    """`SMALLEST` in px of the full-size frame."""
    return SMALLEST * (3 if width > 1900 else 2 if width > 1000 else 1)


def at_least(expected: Faces, clips: list[Path]) -> list[tuple[int, np.ndarray]]:
    """Faces that must be found again, as pairs of frame number and box."""
    widths = [np.load(clip, mmap_mode="r").shape[2] for clip in clips for _ in np.load(clip)]
    return [
        (number, box)
        for number, ((boxes, confidences), width) in enumerate(zip(expected, widths, strict=True))
        for box, confidence in zip(boxes, confidences, strict=True)
        if confidence >= 0.95 and min(box[2:]) >= smallest_face(width)
    ]


def recall(found: Faces, wanted: list[tuple[int, np.ndarray]]) -> float:
    """Share of the `wanted` faces that are in `found` with an IoU of at least 0.5."""
    again = 0
    for number in {number for number, _ in wanted}:
        asked = np.array([box for frame, box in wanted if frame == number])
        again += len(match(asked, found[number][0], 0.5))
    return again / len(wanted)


def usual_script(clips: list[Path]) -> tuple[Faces, Seconds]:
    """Build a new network for each frame; return faces and seconds."""
    from mtcnn import MTCNN

    MTCNN().detect_faces(np.zeros((64, 64, 3), np.uint8))
    found, seconds = [], Seconds()
    for clip in clips:
        for frame in np.load(clip):
            with seconds.counted():
                faces = MTCNN().detect_faces(frame)
            boxes = np.array([face["box"] for face in faces], float).reshape(-1, 4)
            found.append((boxes, np.array([face["confidence"] for face in faces])))
    return found, seconds


def this_project(clips: list[Path], cores: int) -> tuple[Faces, Seconds, float]:
    """Return faces, seconds, and the seconds spent in the networks, summed over all processes."""
    chunks = [
        (clip, start)
        for clip in clips
        for start in range(0, len(np.load(clip, mmap_mode="r")), _BATCH_SIZE)
    ]
    best, in_networks = Seconds(np.inf), 0.0
    with (
        patch.dict(os.environ, cluster.WORKER_ENVIRONMENT),  # as in the pipeline's workers
        ProcessPoolExecutor(
            cores, get_context("spawn"), initializer=_load, initargs=(clips,)
        ) as pool,
    ):
        for _ in range(_REPEATS + 1):  # the first run is a warm-up
            start = time.perf_counter()
            done = list(pool.map(_detect, chunks))
            wall = time.perf_counter() - start
            if wall < best.wall:
                best = Seconds(wall, sum(seconds.cpu for _, seconds, _ in done))
                in_networks = sum(part for *_, part in done)
    return [faces for part, *_ in done for faces in part], best, in_networks


def _load(clips: list[Path]) -> None:
    """Prepare a worker: load frames into memory and make the networks record their time."""
    cv2.setNumThreads(1)
    _worker.frames = {clip: np.load(clip) for clip in clips}
    _worker.in_networks = 0.0
    networks = mtcnn.compiled_networks()
    mtcnn.compiled_networks = lambda: tuple(map(_timed, networks))
    _worker.detectors = {}


_worker = types.SimpleNamespace()


def _timed(network: Callable) -> Callable:
    def run(*inputs: np.ndarray) -> object:
        start = time.perf_counter()
        outputs = network(*inputs)
        _worker.in_networks += time.perf_counter() - start
        return outputs

    return run


def _detect(chunk: tuple[Path, int]) -> tuple[Faces, Seconds, float]:
    clip, start = chunk
    frames = _worker.frames[clip][start : start + _BATCH_SIZE]
    height, width = frames.shape[1:3]
    if width not in _worker.detectors:
        params = mtcnn.Params(
            min_face=smallest_face(width) / min(height, width),
            scale_factor=0.709,
            thresholds=mtcnn.Thresholds(proposal=0.6, refinement=0.7, output=0.8),
        )
        _worker.detectors[width] = mtcnn.make(params)
    seconds, before = Seconds(), _worker.in_networks
    with seconds.counted():
        found = _worker.detectors[width](frames)
    in_networks = _worker.in_networks - before
    return [(faces.boxes, faces.confidences) for faces in found], seconds, in_networks


def facenet(clips: list[Path]) -> tuple[Faces, Seconds]:
    """Run facenet-pytorch with the same minimum face size; return faces and best seconds."""
    _without_torchvision()
    from facenet_pytorch import MTCNN

    best: tuple[Faces, Seconds] = ([], Seconds(np.inf))
    detectors = {}
    for repeat in range(_REPEATS + 1):
        found, seconds = [], Seconds()
        for clip in clips:
            frames = np.load(clip)
            width = frames.shape[2]
            if width not in detectors:
                detectors[width] = MTCNN(
                    keep_all=True, min_face_size=smallest_face(width), device="cpu"
                )
            for batch in _batches(frames):
                with seconds.counted():
                    boxes, confidences = detectors[width].detect(batch)
                found += map(_from_corners, boxes, confidences)
        if repeat:  # the first run is a warm-up
            best = min(best, (found, seconds), key=lambda run: run[1].wall)
    return best


def _batches(frames: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(frames), _BATCH_SIZE):
        yield frames[start : start + _BATCH_SIZE]


def _from_corners(
    corners: np.ndarray | None, confidences: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if corners is None:
        return np.empty((0, 4)), np.empty(0)
    corners = np.asarray(corners, float)
    return np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]]), confidences


def _without_torchvision() -> None:
    """Substitute OpenCV's non-maximum suppression if torchvision cannot be imported.

    PyPI's torchvision is built for CUDA and lacks its operators when torch is a CPU build.
    """
    try:
        import torchvision.ops  # noqa: F401
    except (ImportError, RuntimeError):
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
    else:
        return
    import torch

    def batched_nms(
        boxes: torch.Tensor, scores: torch.Tensor, groups: torch.Tensor, overlap: float
    ) -> torch.Tensor:
        corners = boxes.numpy().astype(float)
        sizes = corners[:, 2:] - corners[:, :2]
        kept = cv2.dnn.NMSBoxesBatched(
            np.hstack([corners[:, :2], sizes]),
            scores.numpy(),
            groups.numpy().astype(np.int32),
            0.0,
            overlap,
        )
        return torch.as_tensor(np.asarray(kept, np.int64))

    for name, content in {
        "torchvision": {},
        "torchvision.transforms": {"functional": None},
        "torchvision.ops": {},
        "torchvision.ops.boxes": {"batched_nms": batched_nms},
    }.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(content)


if __name__ == "__main__":
    main()
