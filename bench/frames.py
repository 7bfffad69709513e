"""Compare ways to read one frame per second, and the size of stored frames, in one run.

Command
    ``BENCH_CLIPS=<folder of videos> python -m bench.frames``
Contenders, each in one process
    usual: OpenCV reads every frame and keeps one per second
    grab: OpenCV grabs every frame and retrieves one per second
    seek: OpenCV sets ``CAP_PROP_POS_FRAMES`` for each wanted frame
    full: PyAV decodes and counts every frame, and converts the wanted ones
    ours: `stages.common.decode`
    floor: PyAV decodes only the frames that the wanted ones depend on, and converts none
They read the clips in the folder and `MADE` seconds of synthetic 1080p H.264. OpenCV uses one
thread, as the others do (``OPENCV_FFMPEG_CAPTURE_OPTIONS``), so that CPU seconds are comparable;
wall time is meaningful only on an idle machine. ``same`` counts the frames that equal those of
``full``.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
from skimage.data import astronaut

from stages.common import decode as decoder
from stages.common.decode import Limits, decode
from stages.common.picture import decode_stored
from stages.frames.choose import choose_frames
from stages.frames.picture import encode

MADE = 10
_REPEATS = 3
_LIMITS = Limits(pixels=100_000_000, duration=1e6)
_SUFFIXES = {".mp4", ".mov", ".avi", ".mkv", ".webm"}

Read = Callable[[Path, list[int]], list[np.ndarray]]


def main() -> None:
    """Print each contender's time and ratio, then the storage table."""
    clips = videos_of("BENCH_CLIPS")
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "threads;1"
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        made = make_clip(Path(temporary) / "made.mp4")
        for name, videos in {"clips": clips, "made 1080p": [made]}.items():
            compare(name, [(video, one_a_second(video)) for video in videos])
        weigh([frame for clip in clips for frame in ours(clip, one_a_second(clip)[:4])])


def videos_of(variable: str) -> list[Path]:
    """Videos in the folder named by an environment variable."""
    folder = os.environ.get(variable)
    if not folder:
        sys.exit(f"{variable} must name a folder of videos")
    return sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in _SUFFIXES)


def make_clip(path: Path, seed: int = 0) -> Path:
    """Encode a moving detailed picture with a face and noise: 1080p, 30 fps, B-frames."""
    rng = np.random.default_rng(seed)
    scene = cv2.resize(rng.integers(0, 256, (150, 260, 3), np.uint8), (2600, 1500))
    scene[300:1324, 600:1624] = cv2.resize(astronaut(), (1024, 1024))
    with av.open(str(path), "w") as opened:
        options = {"preset": "veryfast", "crf": "23", "threads": "1"}
        stream = opened.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(30 * MADE):
            x, y = number, number // 2
            picture = scene[y : y + 1080, x : x + 1920]
            grain = rng.integers(-6, 7, (1080, 1920, 1))
            picture = np.clip(picture + grain, 0, 255).astype(np.uint8)
            opened.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        opened.mux(stream.encode(None))
    return path


def one_a_second(video: Path) -> list[int]:
    """Indices of the first frame of each second."""
    chosen = []

    def note(times: np.ndarray) -> list[int]:
        chosen.extend(choose_frames(times, len(times), 1.0).tolist())
        return [0]

    list(decode(video, note, _LIMITS))
    return chosen


def usual(video: Path, wanted: list[int]) -> list[np.ndarray]:
    """Read every frame with OpenCV."""
    capture, frames, index = cv2.VideoCapture(str(video)), [], 0
    while True:
        read, frame = capture.read()
        if not read:
            return frames
        if index in wanted:
            frames.append(frame[..., ::-1])
        index += 1


def grab(video: Path, wanted: list[int]) -> list[np.ndarray]:
    """Grab every frame with OpenCV and retrieve only the wanted ones."""
    capture, frames, index = cv2.VideoCapture(str(video)), [], 0
    while capture.grab():
        if index in wanted:
            frames.append(capture.retrieve()[1][..., ::-1])
        index += 1
    return frames


def seek(video: Path, wanted: list[int]) -> list[np.ndarray]:
    """Seek to each wanted frame with OpenCV."""
    capture, frames = cv2.VideoCapture(str(video)), []
    for index in wanted:
        capture.set(cv2.CAP_PROP_POS_FRAMES, index)
        frames.append(capture.read()[1][..., ::-1])
    return frames


def full(video: Path, wanted: list[int]) -> list[np.ndarray]:
    """Decode every frame with PyAV."""
    with av.open(str(video)) as opened:
        opened.streams.video[0].codec_context.thread_count = 1
        reformatter = av.video.reformatter.VideoReformatter()
        return [
            decoder.to_rgb(frame, reformatter)
            for index, frame in enumerate(opened.decode(video=0))
            if index in wanted
        ]


def ours(video: Path, wanted: list[int]) -> list[np.ndarray]:
    """Decode the wanted frames with this project's decoder."""
    return [frame.pixels for frame in decode(video, lambda times: wanted, _LIMITS)]


def floor(video: Path, wanted: list[int]) -> list[np.ndarray]:
    """Time this project's decoder without opening, scanning and converting."""
    with decoder.open_stream(video, _LIMITS) as stream:
        timeline = decoder.timeline_of(stream, _LIMITS)
        start = time.process_time()
        for _ in decoder.numbered(stream, timeline, wanted):
            pass
        floor.seconds += time.process_time() - start
    return []


def compare(name: str, clips: list[tuple[Path, list[int]]]) -> None:
    """Print the best of `_REPEATS` times of each contender over all clips."""
    count = sum(len(wanted) for _, wanted in clips)
    print(f"{name}: {count} frames of {len(clips)} videos")
    expected = [frame for video, wanted in clips for frame in full(video, wanted)]
    slowest = None
    for read in (usual, grab, seek, full, ours):
        cpu, wall = np.inf, np.inf
        for _ in range(_REPEATS):
            started = time.process_time(), time.perf_counter()
            frames = [frame for video, wanted in clips for frame in read(video, wanted)]
            cpu = min(cpu, time.process_time() - started[0])
            wall = min(wall, time.perf_counter() - started[1])
        slowest = slowest or cpu
        same = sum(map(np.array_equal, frames, expected))
        print(
            f"  {read.__name__:6} {cpu:6.2f} s CPU {wall:6.2f} s wall {slowest / cpu:5.1f} x "
            f"{count / cpu:6.1f} frames/s; same {same}"
        )
    floors = []
    for _ in range(_REPEATS):
        floor.seconds = 0.0
        for video, wanted in clips:
            floor(video, wanted)
        floors.append(floor.seconds)
    print(f"  floor  {min(floors):6.2f} s CPU; ours takes {cpu / min(floors):.2f} x that")


def weigh(frames: list[np.ndarray]) -> None:
    """Print size, encoding and decoding time, and error of each picture format."""
    pixels = sum(frame.shape[0] * frame.shape[1] for frame in frames)
    print(f"storage: {len(frames)} frames, {pixels / len(frames) / 1e6:.2f} megapixels each")
    for kind, quality in [("png", 0), *(("jpeg", quality) for quality in (100, 95, 90, 75))]:
        start = time.process_time()
        encoded = [encode(frame, kind, quality) for frame in frames]
        milliseconds = 1000 * (time.process_time() - start) / len(frames)
        start = time.process_time()
        decoded = [decode_stored(each) for each in encoded]
        reading = 1000 * (time.process_time() - start) / len(frames)
        error = np.mean(
            [np.abs(a.astype(int) - b).mean() for a, b in zip(frames, decoded, strict=True)]
        )
        size = sum(map(len, encoded))
        print(
            f"  {kind} {quality or '':3} {size / len(frames) / 1e3:7.0f} kB a frame, "
            f"{size / pixels:.2f} bytes a pixel, {milliseconds:.0f} ms to write, "
            f"{reading:.0f} ms to read, mean error {error:.2f} levels"
        )


if __name__ == "__main__":
    main()
