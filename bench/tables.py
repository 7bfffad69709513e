"""Measure the tables of a large dataset: those of faces, and what `split` makes of them.

Command
    ``python -m bench.tables [--items 128154] [--faces 32]``
Folder
    a temporary one, with made archives of a seen dataset of that size, as many faces an item but no
    pictures, and of an unseen one of a twentieth: groups of a real and three fakes, the hashes of
    an item's frames a few bits apart, as those of one clip are

Printed are the wall seconds and the largest memory of one process that writes the archives and the
table of faces, as `faces` does after an item's work, and of ``python -m stages.split``.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from bench.repository import ROOT, temporary_repository
from bench.watched import memory_of_all, run_watched
from stages.common.items import Batched, ItemResult, Job, run_items
from stages.common.table import write
from stages.common.tables.faces import FACES, crops_folder, faces_path
from stages.common.tables.index import INDEX, index_path
from stages.common.tables.persons import PERSONS, PERSONS_PATH
from stages.faces.fingerprint import HASHED_FRAMES
from stages.profiles import profile

ITEMS_A_GROUP = 4
_SECONDS_BETWEEN_READINGS = 0.2
_BITS_APART = 20
_AT_ONCE = 128


def main() -> None:
    """Make the archives, write the tables and print what both parts took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, default=128_154)
    parser.add_argument("--faces", type=int, default=32)
    args = parser.parse_args()
    with temporary_repository():
        params = profile("sample", root=ROOT)
        params["datasets"] = {
            "made": {"role": "seen", "layout": "folder"},
            "made_unseen": {"role": "unseen", "layout": "folder"},
        }
        Path("params.yaml").write_text(yaml.safe_dump(params))
        write(PERSONS_PATH, pd.DataFrame(columns=list(PERSONS.columns)), PERSONS)
        start = time.perf_counter()
        for dataset, items in (("made", args.items), ("made_unseen", args.items // 20)):
            make_tables(dataset, params["datasets"][dataset]["role"], items, args.faces)
        seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(f"{args.items} items of {args.faces} faces")
        print(f"tables of faces: {seconds:.0f} s, {used / 2**30:.1f} GiB", flush=True)
        subprocess.run([sys.executable, "-m", "stages.code"], check=True, capture_output=True)
        watched = run_watched(["-m", "stages.split"], memory_of_all, _SECONDS_BETWEEN_READINGS)
        print(f"split: {watched.seconds:.0f} s, {watched.peak / 2**30:.1f} GiB")


def make_tables(dataset: str, role: str, items: int, faces: int) -> None:
    """Write the index, the archives and the faces of a dataset."""
    number = np.arange(items)
    group = np.char.add("g", np.char.zfill((number // ITEMS_A_GROUP).astype(str), 7))
    real = number % ITEMS_A_GROUP == 0
    name = np.char.add("i", np.char.zfill(number.astype(str), 7))
    rng = np.random.default_rng(len(dataset))
    index = pd.DataFrame(
        {
            "dataset": dataset,
            "method": np.where(real, "real", "swap"),
            "item": name,
            "path": np.char.add(name, ".mp4"),
            "kind": "video",
            "label": np.where(real, "real", "fake"),
            "group": group,
            "target": group,
            "donor": "",
            "original": np.where(real, "", name[number - number % ITEMS_A_GROUP]),
            "official_split": "",
            "attributes": "",
            "md5": [rng.bytes(16).hex() for _ in number],
        }
    )
    write(index_path(dataset), index, INDEX)
    outcome = run_items(
        Batched(made, _AT_ONCE),
        [
            Job(dataset, row.method, row.item, row.md5, (int(row.md5, 16), faces))
            for row in index.itertuples()
        ],
        crops_folder(role, dataset),
        provenance={"versions": {}},
        code={},
        label=f"faces {dataset}",
        max_failed_fraction=0.0,
    )
    write(faces_path(role, dataset), outcome.rows, FACES)


def made(tasks: Sequence[tuple[int, int]]) -> Iterator[ItemResult]:
    """Rows of the face table of some items, each from a seed and a number of faces."""
    for seed, faces in tasks:
        yield ItemResult(rows_of(np.random.default_rng(seed), faces))


def rows_of(rng: np.random.Generator, faces: int) -> dict[str, list[Any]]:
    """Rows of an item as `stages.faces` stores them."""
    hashed = min(faces, HASHED_FRAMES)
    x, y, width, height = rng.uniform(40, 400, (4, faces)).round(2).tolist()
    return {
        "frame": list(range(faces)),
        "track": [0] * faces,
        "time": [frame / 2 for frame in range(faces)],
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "confidence": rng.uniform(0.9, 1, faces).round(4).tolist(),
        "seen_by": ["mtcnn+dlib"] * faces,
        "iou": rng.uniform(0.5, 1, faces).tolist(),
        "crop": [f"{frame:06d}_00.png" for frame in range(faces)],
        "landmarks": [
            " ".join(map(str, points)) for points in rng.integers(0, 400, (faces, 10)).tolist()
        ],
        "landmarks_from": ["detector"] * faces,
        "frame_hash": hashes(hashed, rng) + [""] * (faces - hashed),
        "crop_hash": hashes(hashed, rng) + [""] * (faces - hashed),
    }


def hashes(count: int, rng: np.random.Generator) -> list[str]:
    """Hashes of the frames of an item: those of the first one with some bits flipped."""
    first = rng.integers(0, 2, 256, np.uint8)
    flipped = rng.random((count, 256), np.float32) < _BITS_APART / 256
    return [row.tobytes().hex() for row in np.packbits(first ^ flipped, axis=-1)]


if __name__ == "__main__":
    main()
