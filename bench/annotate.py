"""Compare ways to draw the scores on a clip.

Command
    ``python -m bench.annotate CLIP…``
Ways
    whole: each frame is converted to RGB and back as a whole, and encoded with x264's ``veryfast``
    parts: `app.annotate.draw_clip`, which converts only the parts that are drawn on
It prints the time and the CPU time of both, one after the other on the same clip, their ratios, and
the size of the copies. Other work on the machine changes the ratio of CPU times least.
Each clip gets a box of a third of its height, and a legend.
"""

import io
import os
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from app.annotate import Marks, draw_clip, draw_faces
from app.drawing import draw_legend
from app.tracks import Track
from stages.common.decode import Limits, decode

_LIMITS, _MAX_BYTES = Limits(10_000_000, 600), 2**30


def main(paths: list[str]) -> None:
    """Print a row for each clip."""
    with open("/proc/cpuinfo", encoding="ascii") as info:  # noqa: PTH123 (no file on disk)
        names = {line.partition(": ")[2].strip() for line in info if line.startswith("model name")}
    load = os.getloadavg()[0]
    print(f"{', '.join(names)}, {os.cpu_count()} cores, {load:.1f} processes waiting or running")
    for path in map(Path, paths):
        marks = _marks(path)
        whole, parts = _timed(_whole, path, marks), _timed(draw_clip, path, marks)
        print(
            f"{path.name}: whole {whole[0]:.1f} s, CPU {whole[1]:.1f} s, {whole[2]:.2f} MB; "
            f"parts {parts[0]:.1f} s, CPU {parts[1]:.1f} s, {parts[2]:.2f} MB; "
            f"ratio {whole[0] / parts[0]:.2f}, of CPU times {whole[1] / parts[1]:.2f}",
            flush=True,
        )


def _marks(path: Path) -> Marks:
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        width, height = stream.width, stream.height
    box = np.array([[width / 3, height / 3, height / 3, height / 3]])
    return Marks([Track(0, np.zeros(1), box, np.full(1, 0.7))], np.inf, "clip 0.70")


def _timed(
    draw: Callable[[Path, Marks, Limits, int], bytes], path: Path, marks: Marks
) -> tuple[float, float, float]:
    """Seconds, CPU seconds, and megabytes of the copy."""
    start, used = time.perf_counter(), time.process_time()
    size = len(draw(path, marks, _LIMITS, _MAX_BYTES))
    return time.perf_counter() - start, time.process_time() - used, size / 1e6


def _whole(path: Path, marks: Marks, limits: Limits, max_bytes: int) -> bytes:
    """Draw on whole frames in RGB; without sound, which makes it faster."""
    target, stream = io.BytesIO(), None
    with av.open(target, "w", format="mp4") as output:
        for frame in decode(path, lambda times: range(len(times)), limits):
            pixels = frame.pixels.copy()
            draw_faces(pixels, marks.at(frame.time))
            draw_legend(pixels, marks.note)
            if stream is None:
                stream = output.add_stream("libx264", options={"crf": "23", "preset": "veryfast"})
                stream.height, stream.width = pixels.shape[:2]
                stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
                format="yuv420p",
                src_color_range=ColorRange.JPEG,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            picture.pts, picture.time_base = round(frame.time * 90_000), Fraction(1, 90_000)
            output.mux(stream.encode(picture))
        if stream is not None:
            output.mux(stream.encode())
    return target.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
