"""Compare faces by way of stored frames with ``frames.store: false``: time, disk, equal crops.

Command
    ``python -m bench.store FILE|FOLDER … [--frames 32] [--items 128154]``, from the repository's
    folder
Contenders, on each clip, under the current params.yaml, in one process with one native thread
    stored: the work of the stages frames, detect and faces, each with its archives, and the MD5
    of each archive, which is what DVC does with it
    unstored: `stages.faces.from_media.faces_of_media`, its archive of crops, and that one's MD5
Decoding runs in this process, so that its CPU seconds count. Which contender comes first changes
from clip to clip. Disk is extrapolated by ``--items`` times the mean of an item. Exit code 1 if a
crop differs.
"""

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd

from stages.common.archive import Record, read_members, write_archive
from stages.common.cluster import WORKER_ENVIRONMENT
from stages.common.params import Section
from stages.detect.boxes import ToSearch, detect_item
from stages.detect.detector import load_detector
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.from_media import faces_of_media
from stages.faces.preprocessing import Preprocessing, load_preprocessing
from stages.frames import extract


def main() -> None:
    """Print seconds and bytes of both contenders."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, help="of an item; default: frames.max_frames")
    parser.add_argument("--items", type=int, default=128_154)
    args = parser.parse_args()
    os.environ.update(WORKER_ENVIRONMENT)
    preprocessing = load_preprocessing()
    if args.frames:
        frames = preprocessing.frames.model_copy(update={"max_frames": args.frames})
        preprocessing = replace(preprocessing, frames=frames)
    for name, params in preprocessing.detectors.items():
        load_detector(name, params)  # its start is no cost of an item
    clips = [
        clip
        for path in args.paths
        for clip in ([path] if path.is_file() else sorted(path.rglob("*.mp4")))
    ]
    ways: list[Callable[[Path, Path, Preprocessing], None]] = [stored, unstored]
    rows = []
    with (
        tempfile.TemporaryDirectory() as temporary,
        patch.object(extract, "call_apart", _called),
    ):
        for number, clip in enumerate(clips):
            folders = {way: Path(temporary) / str(number) / way.__name__ for way in ways}
            for way in ways:
                rows.append(_measured(way, clip, folders[way], preprocessing))
            if read_members(folders[stored] / _CROPS) != read_members(folders[unstored] / _CROPS):
                sys.exit(f"error: the crops of {clip} differ")
            ways.reverse()
    table = pd.DataFrame(rows)
    by_way = table.groupby("way")
    most = preprocessing.frames.max_frames
    print(f"{len(clips)} clips, {most} frames each at most; equal crops; an item:")
    mean = by_way.mean(numeric_only=True)
    print(mean.assign(TB=mean["MB"] * args.items / 1e6).round(2).to_string())
    print(f"MB by kind of archive: {_by_kind(table)}; TB are of {args.items} items")


_FRAMES, _CROPS = "frames.zip", "crops.zip"


def _called(function: Callable[..., Any], *arguments: Any, seconds: float) -> Any:
    return function(*arguments)


def _measured(
    way: Callable[[Path, Path, Preprocessing], None],
    clip: Path,
    folder: Path,
    preprocessing: Preprocessing,
) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    way(clip, folder, preprocessing)
    sizes = {}
    for path in folder.glob("*.zip"):
        sizes[path.stem] = path.stat().st_size / 1e6
        with path.open("rb") as archive:
            hashlib.file_digest(archive, "md5")
    spent = {"wall s": time.perf_counter() - wall, "CPU s": time.process_time() - cpu}
    return {"way": way.__name__} | spent | {"MB": sum(sizes.values()), "sizes": sizes}


def stored(clip: Path, folder: Path, preprocessing: Preprocessing) -> None:
    """Do what the three stages do with an item."""
    made = extract.extract(clip, clip.parent, preprocessing.frames)
    write_archive(folder / _FRAMES, Record("", rows=made.rows), made.members)
    frames = pd.DataFrame(made.rows)

    def detect(searched: tuple[int, ...], name: str, params: Section) -> dict[str, list[Any]]:
        found = detect_item(ToSearch(folder / _FRAMES, searched), name, params)
        write_archive(folder / f"boxes of {name}.zip", Record("", rows=found.rows), {})
        return found.rows

    boxes = preprocessing.boxes_of(frames, detect)
    item = ItemInputs(folder / _FRAMES, frames, boxes)
    crops = faces_of_item(item, preprocessing.faces, preprocessing.frames.clip)
    write_archive(folder / _CROPS, Record("", rows=crops.rows), crops.members)


def unstored(clip: Path, folder: Path, preprocessing: Preprocessing) -> None:
    """Do what the stage `faces` does with an item without stored frames."""
    crops = faces_of_media(clip, clip.parent, preprocessing)
    write_archive(folder / _CROPS, Record("", rows=crops.rows), crops.members)


def _by_kind(table: pd.DataFrame) -> dict[str, float]:
    of_stored = table.loc[table["way"] == stored.__name__, "sizes"]
    return pd.DataFrame(of_stored.tolist()).mean().round(2).to_dict()


if __name__ == "__main__":
    main()
