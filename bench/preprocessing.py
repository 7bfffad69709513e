"""Compare preprocessing from video to MTCNN crops: this project, other scripts, lower bound.

Command
    ``BENCH_CLIPS=<folder of videos> python -m bench.preprocessing``
Path, from video to crops, one frame per second in full size
    usual: OpenCV reads every frame; mtcnn's ``MTCNN()`` is created again for each kept frame, with
    its default minimum face size; crops are written as PNG, frames are not written
    ours: the work of the stages frames, detect (mtcnn) and faces, in one single-threaded process
    per core, with every archive written and read; with frames stored as PNG and as JPEG
Detection alone, on the same decoded frames
    usual, ours, and facenet-pytorch in batches (see `bench.detect`)
Floor (lower bound)
    decoding only the frames that the wanted ones depend on; the arithmetic of the networks for the
    sizes of the image pyramid and its candidates
It runs on the clips in the folder, and on synthetic 1080p H.264 with a face. Starting processes and
a first call that builds the networks are not counted. Wall time is meaningful only on an idle
machine; CPU seconds of all threads and processes are printed, too. The usual script runs once; for
ours, the best of several runs counts.
"""

import os
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pandas as pd

from bench import detect as detection
from bench.detect import Seconds
from bench.frames import floor, make_clip, one_a_second, videos_of
from bench.timed import Clock, timed_frames
from stages.common import cluster
from stages.common.archive import Record, write_archive
from stages.common.clips import SINGLE_FRAMES
from stages.common.resources import processors
from stages.common.sandbox import call_apart
from stages.common.tables.frames import frame_name
from stages.detect import boxes as detect
from stages.detect.detector import load_detector
from stages.detect.detectors import mtcnn
from stages.faces import find as faces
from stages.faces.params import NO_PREDICTOR, Crop, FacesParams, Tracks
from stages.frames.params import FramesParams
from stages.frames.picture import SUFFIX

_REPEATS = 3
_MARGIN = 0.3  # of a crop on each side, relative to the side of the face
_FACES = FacesParams(
    policy="mtcnn",
    min_iou=0.5,
    min_confidence={"mtcnn": 0.0},
    tracks=Tracks(max_shift=1.0, max_gap=2, min_share=0.0, min_size=0.0),
    min_change=0.0,
    crop=Crop(scale=1 + 2 * _MARGIN, align=False),
    landmarks=NO_PREDICTOR,
    max_failed_fraction=0.0,
)


def main() -> None:
    """Run all contenders on both sets of videos."""
    clips = videos_of("BENCH_CLIPS")
    with tempfile.TemporaryDirectory() as temporary:
        made = [make_clip(Path(temporary) / f"{seed}.mp4", seed) for seed in range(2)]
        for name, videos in {"clips": clips, "made 1080p": made}.items():
            # Largest files first, so that no core is idle for long at the end
            videos = sorted(videos, key=lambda video: video.stat().st_size, reverse=True)
            compare(name, videos, Path(temporary))


def compare(name: str, videos: list[Path], folder: Path) -> None:
    """Run all contenders on some videos and print their times."""
    cores = processors()
    wanted = {video: one_a_second(video) for video in videos}
    count = sum(map(len, wanted.values()))
    print(f"\n{name}: {count} frames of {len(videos)} videos, {cores} cores")
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        expected, usual, parts = pool.submit(usual_path, videos, folder / "usual").result()
    asked = [
        (video, frame, box)
        for video, frames in expected.items()
        for frame, (boxes, confidences, width) in frames.items()
        for box, confidence in zip(boxes, confidences, strict=True)
        if confidence >= 0.95 and min(box[2:]) >= detection.smallest_face(width)
    ]
    print(f"path, usual: {usual.summary(count)}; {len(asked)} faces to find again")
    print_parts(parts)

    arithmetic = {}
    with (
        patch.dict(os.environ, cluster.WORKER_ENVIRONMENT),  # as in the pipeline's workers
        ProcessPoolExecutor(cores, get_context("spawn"), initializer=_prepare) as pool,
    ):
        for kind in SUFFIX:
            found, ours, parts = this_project(pool, videos, kind, folder / kind)
            again = sum(_found_again(found[video].get(frame), box) for video, frame, box in asked)
            print(
                f"path, ours, {kind}: {ours.summary(count)}, {ours.speed_up_over(usual)} usual; "
                f"recall {again / len(asked):.3f}"
            )
            arithmetic = parts
            print_parts(parts)
        decoded = min(
            sum(pool.map(partial(_floor, wanted=wanted), videos)) for _ in range(_REPEATS)
        )
    networks = arithmetic["detect: networks"]
    of = {
        stage: sum(seconds for part, seconds in arithmetic.items() if part.startswith(stage))
        for stage in ("frames", "detect", "faces")
    }
    print(
        f"floor: decoding {decoded:.2f} s, networks {networks:.2f} s CPU; with jpeg, frames takes "
        f"{of['frames'] / decoded:.2f} x, detect {of['detect'] / networks:.2f} x, and the path "
        f"{sum(of.values()) / (decoded + networks):.2f} x its floor"
    )
    detection.compare(videos)


def print_parts(parts: dict[str, float]) -> None:
    """Print the CPU time of each part and its share."""
    whole = sum(parts.values())
    for part, seconds in parts.items():
        print(f"    {part:38} {seconds:7.2f} s CPU {seconds / whole:5.0%}")


def usual_path(
    videos: list[Path], folder: Path
) -> tuple[dict[Path, dict[int, tuple]], Seconds, dict[str, float]]:
    """Return boxes, confidences and width by video and frame; seconds; CPU seconds by part."""
    from mtcnn import MTCNN

    folder.mkdir(exist_ok=True)
    MTCNN().detect_faces(np.zeros((64, 64, 3), np.uint8))
    found: dict[Path, dict[int, tuple]] = {}
    seconds, clock = Seconds(), Clock()
    read = clock.counted("reading of every frame", _kept)
    look = clock.counted("MTCNN, new for each frame", lambda rgb: MTCNN().detect_faces(rgb))
    cut = clock.counted("crops", _write_crops)
    with seconds.counted():
        for video in videos:
            found[video] = {}
            for index, frame in read(video):
                rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
                seen = look(rgb)
                cut(frame, seen, folder / f"{video.stem}-{index}")
                boxes = np.array([face["box"] for face in seen], float).reshape(-1, 4)
                confidences = np.array([face["confidence"] for face in seen])
                found[video][index] = boxes, confidences, frame.shape[1]
    return found, seconds, dict(clock.parts)


def _kept(video: Path) -> list[tuple[int, np.ndarray]]:
    """Read every frame and keep one per second, BGR."""
    capture, kept, index = cv2.VideoCapture(str(video)), [], 0
    every = round(capture.get(cv2.CAP_PROP_FPS))
    while True:
        read, frame = capture.read()
        if not read:
            return kept
        if index % every == 0:
            kept.append((index, frame))
        index += 1


def _write_crops(frame: np.ndarray, seen: list[dict], name: Path) -> None:
    for number, face in enumerate(seen):
        x, y, width, height = face["box"]
        across, down = int(_MARGIN * width), int(_MARGIN * height)
        crop = frame[max(0, y - down) : y + height + down, max(0, x - across) : x + width + across]
        cv2.imwrite(f"{name}-{number}.png", crop)


def this_project(
    pool: ProcessPoolExecutor, videos: list[Path], kind: str, folder: Path
) -> tuple[dict[Path, dict[int, np.ndarray]], Seconds, dict[str, float]]:
    """Return boxes by video and frame, seconds, and CPU seconds by part, of the best run."""
    best, parts, found = Seconds(np.inf), {}, {}
    for repeat in range(_REPEATS + 1):  # the first run is a warm-up
        start = time.perf_counter()
        done = list(pool.map(partial(_path, kind=kind, folder=folder / str(repeat)), videos))
        wall = time.perf_counter() - start
        spent: dict[str, float] = defaultdict(float)
        for _, clock in done:
            for part, seconds in clock.items():
                spent[part] += seconds
        if repeat and wall < best.wall:
            best, parts = Seconds(wall, sum(spent.values())), dict(spent)
            found = {video: boxes for video, (boxes, _) in zip(videos, done, strict=True)}
    return found, best, parts


_clock = Clock()


def _prepare() -> None:
    """Make a worker record the CPU time of each part of the work."""
    networks = mtcnn.compiled_networks()
    counted = tuple(_clock.counted("detect: networks", network) for network in networks)
    mtcnn.compiled_networks = lambda: counted
    detect.decode_stored = _clock.counted("detect: reading of pictures", detect.decode_stored)
    mtcnn.at_working_size = _clock.counted("detect: shrinking", mtcnn.at_working_size)
    mtcnn.shrink = _clock.counted("detect: shrinking", mtcnn.shrink)
    faces.decode_stored = _clock.counted("faces: reading of pictures", faces.decode_stored)
    faces.encode_png = _clock.counted("faces: encoding of crops", faces.encode_png)
    faces.find_faces = _clock.counted("faces: tracks", faces.find_faces)


def _path(video: Path, kind: str, folder: Path) -> tuple[dict[int, np.ndarray], dict[str, float]]:
    """Run the work of the three stages on one video, in a worker."""
    _clock.parts.clear()
    params = FramesParams(
        max_frames=1_000_000,
        interval=1.0,
        clip=SINGLE_FRAMES,
        scale="none",
        format=kind,
        jpeg_quality=95,
        max_failed_fraction=0.0,
        max_pixels=100_000_000,
        max_duration=1e6,
        max_seconds=1e4,
    )
    archive = folder / "frames" / f"{video.name}.zip"
    table = _clock.counted("frames: archives", _frames)(video, params, archive)
    height, width = table["height"][0], table["width"][0]
    mtcnn_params = mtcnn.Params(
        min_face=detection.smallest_face(width) / min(height, width),
        scale_factor=0.709,
        thresholds=mtcnn.Thresholds(proposal=0.6, refinement=0.7, output=0.8),
    )
    load_detector("mtcnn", mtcnn_params)
    boxes = _clock.counted("detect: boxes", detect.detect_item)(
        detect.ToSearch(archive, tuple(table["frame"])), "mtcnn", mtcnn_params
    )
    boxes = pd.DataFrame(boxes.rows).astype(float).astype({"frame": int, "face": int})
    item = faces.ItemInputs(archive, table, {"mtcnn": boxes})
    crops = folder / "crops" / f"{video.name}.zip"
    kept = _clock.counted("faces: crops and archives", _faces)(item, crops)
    return kept, dict(_clock.parts)


def _frames(video: Path, params: FramesParams, archive: Path) -> pd.DataFrame:
    rows, pictures, parts = call_apart(timed_frames, video, params, seconds=params.max_seconds)
    for part, seconds in parts.items():
        _clock.parts[f"frames: {part}"] += seconds
    names = [frame_name(frame, SUFFIX[params.format]) for frame in rows["frame"]]
    write_archive(archive, Record("", rows=rows), dict(zip(names, pictures, strict=True)))
    return pd.DataFrame(rows)


def _faces(item: faces.ItemInputs, archive: Path) -> dict[int, np.ndarray]:
    made = faces.faces_of_item(item, _FACES)
    write_archive(archive, Record("", rows=made.rows), made.members)
    table = pd.DataFrame(made.rows)
    return {
        frame: rows[["x", "y", "width", "height"]].to_numpy(float)
        for frame, rows in table[table["kept"].astype(bool)].groupby("frame")
    }


def _found_again(boxes: np.ndarray | None, box: np.ndarray) -> bool:
    return boxes is not None and bool(detection.match(box[None], boxes, 0.5))


def _floor(video: Path, wanted: dict[Path, list[int]]) -> float:
    floor.seconds = 0.0
    floor(video, wanted[video])
    return floor.seconds


if __name__ == "__main__":
    main()
