"""Measure the cost of one more item, and how the cost grows with the number of items.

Command
    ``python -m bench.increments``
The stage ``frames`` runs in a temporary repository on synthetic clips (`SIZE`, `FRAMES` frames,
H.264; `KINDS` different ones under many names). For 200 items, it prints the number of items worked
on and the time when nothing changes and when one item is added, changed or removed. For 10, 100 and
1,000 items, it prints the rate and the peak memory of all processes together. The time for a single
item is taken as the start-up time of Python, Dask and the workers; it is printed, and excluded from
the rates and shares.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pandas as pd
import yaml
from skimage.data import astronaut

from bench.repository import ROOT, temporary_repository
from bench.watched import memory_of_all, run_watched
from stages.common.table import write
from stages.common.tables.index import INDEX, index_path
from stages.profiles import profile

SIZE = (640, 360)
FRAMES = 300  # 10 s, as in DFDC
KINDS = 10
GROWTH = (10, 100, 1000)


def main() -> None:
    """Print increments and growth."""
    with temporary_repository():
        params = make_params()
        for kind in range(KINDS):
            make_clip(Path(f"data/raw/made/{kind}.mp4"), kind)
        width, height = SIZE
        print(f"clips of {width}x{height}, {FRAMES} frames; {os.cpu_count()} cores")
        increments()
        growth(params["max_frames"])


def make_params() -> dict[str, Any]:
    """Make what the stage `frames` needs besides clips; return its parameters."""
    subprocess.run([sys.executable, "-m", "stages.code"], check=True)
    params = profile("sample", root=ROOT)["frames"]
    Path("params.yaml").write_text(yaml.safe_dump({"frames": params}))
    Path("data/raw/made").mkdir(parents=True)
    return params


def write_index(items: Mapping[str, tuple[str, str]]) -> None:
    """Write the index of clips, given the path and digest of each item."""
    about = {"dataset": "made", "method": "real", "kind": "video", "label": "real"}
    empty = {"donor": "", "original": "", "official_split": "", "attributes": ""}
    rows = [
        about | empty | {"item": name, "group": name, "target": name, "path": path, "md5": md5}
        for name, (path, md5) in items.items()
    ]
    write(index_path("made"), pd.DataFrame(rows), INDEX)


def make_clip(path: Path, seed: int) -> None:
    """Encode a moving part of a photograph with some noise; the file is as large as a real clip."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    scene = cv2.resize(astronaut(), None, fx=2, fy=2)
    scene = np.roll(scene, rng.integers(0, 1024, 2), axis=(0, 1))
    with av.open(str(path), "w") as opened:
        stream = opened.add_stream("libx264", rate=30, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(FRAMES):
            picture = scene[number : number + height, number : number + width]
            picture = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
            opened.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        opened.mux(stream.encode(None))


def run(items: dict[str, int]) -> tuple[int, float, float]:
    """Run the stage on items, given as names with the kind of their clip.

    Returns
    -------
    worked : int
        Number of items worked on.
    seconds : float
        Wall time of the process.
    memory : float
        Peak resident memory summed over all processes, in MB; shared pages count once per process.
    """
    write_index({name: (f"{kind}.mp4", digest(f"{name} {kind}")) for name, kind in items.items()})
    stage = run_watched(["-m", "stages.frames", "made"], memory_of_all, interval=0.5)
    worked = re.search(r"(\d+) to work on", stage.output)
    return int(worked[1]) if worked else 0, stage.seconds, stage.peak / 1e6


def least_start() -> float:
    """Seconds for a single item: the minimum of three runs, as the machine may be busy."""
    seconds = []
    for _ in range(3):
        seconds.append(run({"only": 0})[1])
        shutil.rmtree("data/frames")
    return min(seconds)


def digest(text: str) -> str:
    """A stand-in for the file's digest, so that one clip under two names counts as two."""
    return hashlib.md5(text.encode()).hexdigest()


def increments() -> None:
    """Print the cost of each kind of change to 200 items."""
    items = {f"m{number:04}": number % KINDS for number in range(200)}
    start = least_start()
    worked, everything, _ = run(items)
    print(f"start {start:.1f} s; 200 items: {worked} worked on, {everything - start:.1f} s more")
    _, nothing, _ = run(items)
    print(f"  nothing new: 0 worked on, {nothing:.1f} s, no worker started")
    steps = {
        "one more": items | {"new": 3},
        "one changed": items | {"new": 4},
        "one less": items,
    }
    for name, asked in steps.items():
        worked, seconds, _ = run(asked)
        base = start if worked else nothing
        share = max(0.0, seconds - base) / (everything - start)
        print(f"  {name}: {worked} worked on, {seconds:.1f} s, {share:.1%} of the full run's work")
    shutil.rmtree("data/frames")


def growth(frames: int) -> None:
    """Print rate and peak memory for growing numbers of items."""
    start = least_start()
    for count in GROWTH:
        _, seconds, memory = run({f"m{number:04}": number % KINDS for number in range(count)})
        rate = frames * count / (seconds - start)
        print(
            f"{count:5} items: {seconds:.1f} s, {rate:.0f} frames/s after the start, "
            f"{memory:.0f} MB at most"
        )
        shutil.rmtree("data/frames")


if __name__ == "__main__":
    main()
