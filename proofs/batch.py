"""Show that ``app.predict`` on a folder of many items resumes, and holds its memory flat.

Command
    ``python -m proofs.batch FOLDER [--items 1000] [--model NAME]``, in a repository with trained
    models and the rendered sample; FOLDER must not exist
Shows
    FOLDER gets pictures and clips made of the sample's, some of them damaged. ``app.predict --out``
    is killed with SIGKILL after a tenth of them and again after a fifth, and started again. Then
    each item has one line in ``scores.jsonl`` and one row in ``scores.csv``, the lines that a kill
    left were kept, and from the hundredth item of the last start on, memory grows by less than 5 %.
    It prints these, the memory of the process and the seconds an item. Exit code 1 if one of them
    does not hold.
"""

import argparse
import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np
import psutil

from app.batch import LINES, TABLE
from stages.common.metrics.decision import SAMPLE
from stages.common.tables.index import RAW

_CLIP_EVERY, _DAMAGED_EVERY = 25, 50
_KILLS = (0.1, 0.2)  # shares of the items after which it is killed
_WARM = 100  # items after which caches are full
_GROWTH = 0.05

Readings = list[tuple[int, float]]
"""Number of answers of this start, and resident memory of the process in MiB."""


def make_items(folder: Path, sources: list[Path], count: int) -> None:
    """Make different pictures, every 25th item a clip and every 50th cut short.

    Parameters
    ----------
    folder : Path
        Where they are written, with names in the order of their numbers.
    sources : list of Path
        Clips, of which the items are made in turn.
    count : int
        Number of items.
    """
    folder.mkdir(parents=True)
    for number, source in enumerate(islice(cycle(sources), count)):
        if number % _CLIP_EVERY == _CLIP_EVERY - 1:
            path = folder / f"{number:05}.mp4"
            shutil.copy(source, path)
            path.write_bytes(path.read_bytes() + b"\0\0\0\x0cfree%04d" % number)  # another digest
        else:
            path = folder / f"{number:05}.jpg"
            quality = [cv2.IMWRITE_JPEG_QUALITY, 70 + number % 30]
            cv2.imwrite(str(path), _frame(source, number // len(sources)), quality)
        if number % _DAMAGED_EVERY == _DAMAGED_EVERY // 2:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 20])


def _frame(clip: Path, number: int) -> np.ndarray:
    """Frame of a clip, uint8, BGR, enlarged by up to a half so that sizes differ."""
    with av.open(str(clip)) as container:
        *_, frame = islice(container.decode(video=0), number % 12 + 1)
    size = 1 + number % 6 / 10
    return cv2.resize(frame.to_ndarray(format="bgr24"), None, fx=size, fy=size)


def run_until(command: list[str], lines: Path, end: int | None) -> tuple[int, Readings]:
    """Run ``app.predict`` and read its memory after each answer.

    Parameters
    ----------
    command : list of str
        Its arguments.
    lines : Path
        Where it writes an answer a line.
    end : int or None
        Number of answers, of all starts together, at which it is killed; None lets it end.

    Returns
    -------
    code : int
        Its exit code, negative if it was killed.
    readings : list of tuple
        One for each new number of answers.
    """
    before = done = _count(lines)
    size, memory, readings = 0, 0.0, []
    process = subprocess.Popen([sys.executable, "-m", "app.predict", *command])
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.Error):  # it has ended since
            memory = watched.memory_info().rss / 2**20
        grown = lines.stat().st_size if lines.is_file() else 0
        if grown != size:
            size, done = grown, _count(lines)
            if memory and done > before + (readings[-1][0] if readings else 0):
                readings.append((done - before, memory))
        if end is not None and done >= end:
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(0.1)
    return process.returncode, readings


def _count(lines: Path) -> int:
    return lines.read_bytes().count(b"\n") if lines.is_file() else 0


def problems_of(items: list[Path], out: Path) -> Iterator[str]:
    """Yield a sentence for each item without exactly one line and one row."""
    lines = [json.loads(line)["item"] for line in (out / LINES).read_text().splitlines()]
    with (out / TABLE).open(newline="") as table:
        rows = [row["item"] for row in csv.DictReader(table)]
    for name, found in {LINES: Counter(lines), TABLE: Counter(rows)}.items():
        for item in map(str, items):
            if found.pop(item, 0) != 1:
                yield f"{name}: {item} is not in it exactly once"
        for unknown in found:
            yield f"{name}: {unknown} is no item"


def growth(readings: Readings) -> tuple[float, float, float]:
    """Memory in MiB at the first and last reading that counts, and the growth of the line between.

    The line is fitted by least squares; the growth is relative to its start.
    """
    counted = np.array([reading for reading in readings if reading[0] >= _WARM])
    slope, start = np.polyfit(*counted.T, 1)
    first, last = start + slope * counted[[0, -1], 0]
    return counted[0, 1], counted[-1, 1], last / first - 1


def main() -> int:
    """Run the proof and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--model", metavar="NAME")
    args = parser.parse_args()
    sources = sorted((RAW / SAMPLE).rglob("*.mp4"))
    if not sources:
        sys.exit(f"error: no clips in {RAW / SAMPLE}: run `dvc repro` first")
    if args.folder.exists():
        sys.exit(f"error: {args.folder} exists: name another folder")
    media, out = args.folder / "items", args.folder / "out"
    make_items(media, sources, args.items)
    command = [str(media), "--out", str(out), *(["--model", args.model] if args.model else [])]
    problems, kept = [], []
    for share in _KILLS:
        code, _ = run_until(command, out / LINES, int(share * args.items))
        if code != -signal.SIGKILL:
            problems.append(f"it ended with exit code {code} before it could be killed")
        kept += [(out / LINES).read_bytes().rpartition(b"\n")[0]]
        print(f"killed after {_count(out / LINES)} lines", flush=True)
    began = time.monotonic()
    _, readings = run_until(command, out / LINES, None)
    seconds = time.monotonic() - began
    if not all((out / LINES).read_bytes().startswith(lines) for lines in kept):
        problems.append("lines that a killed run had written were changed")
    items = sorted(media.iterdir())
    problems += problems_of(items, out)
    first, last, grown = growth(readings)
    if grown > _GROWTH:
        problems.append(f"memory grew by {grown:.1%}")
    with (out / TABLE).open(newline="") as table:
        said = Counter(row["status"] for row in csv.DictReader(table))
    print(f"{len(items)} items: {', '.join(f'{said[kind]} {kind}' for kind in sorted(said))}")
    print(f"last start: {readings[-1][0]} items in {seconds:.0f} s with the loading of the model")
    print(f"memory: {first:.0f} MiB at its item {_WARM}, {last:.0f} at its last: {grown:+.1%}")
    print("\n".join(problems) or "each item has one line and one row; memory is flat")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
