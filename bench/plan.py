"""Estimate hours, disk and memory for a dataset, from rates measured on this machine.

Command
    ``python -m bench.plan ITEMS [--clips FOLDER] [--cores N] [--nodes N]
    [--training CROPS_A_SECOND] [--seconds 100]``, from the repository's folder
Measured
    CPU seconds an item of each stage under the current params.yaml, one after the other in one
    process with one native thread each, on the clips of FOLDER (some ten that are typical of the
    dataset; default: two made clips of 1080p), until the time is used up; MD5 of a file in memory
Estimated
    ITEMS times these, divided by the cores. Disk: the archives of frames (none with
    ``frames.store: false``) and crops, once (with reflinks or links DVC's cache takes no more; with
    ``cache.type copy`` twice as much). Memory: what this process and a decoder take, for each core.
    Training is estimated only with the crops a second that ``python -m bench.train`` measures on
    the device
Not counted
    other work on the machine, a disk slower than the cores, items that are skipped
"""

import argparse
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil

from bench.frames import make_clip
from stages.baseline.features import features
from stages.common.archive import Record, read_members, write_archive
from stages.common.cluster import WORKER_ENVIRONMENT
from stages.common.crops import decode_crop
from stages.common.params import load
from stages.common.picture import decode_stored
from stages.common.registry import find
from stages.common.resources import memory, processors
from stages.common.tables.detections import DETECTIONS, MISSES
from stages.common.tables.frames import frame_name
from stages.detect.boxes import ToSearch, detect_item
from stages.detect.detector import DETECTORS, load_detector
from stages.detect.sure import sure_frames
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.params import FacesParams
from stages.frames.picture import SUFFIX
from stages.frames.section import FramesSection
from stages.frames.stored import stored_frames
from stages.train.params import recipe_for

_DECODER = 0.3 * 2**30
"""Memory of a process that decodes 1080p, in bytes (docs/preprocessing.md)."""

DVC_SECONDS = 0.001
"""Wall seconds of DVC for one archive more, without its bytes: `bench.archives`."""


@dataclass(frozen=True)
class Rates:
    """What one item costs.

    Attributes
    ----------
    seconds : dict of str to float
        CPU seconds an item of each stage that works on items or on all crops.
    frames, crops : float
        Bytes of an item's archive of frames, and of its crops.
    faces : float
        Crops of an item.
    hashed : float
        Bytes a second that MD5 takes.
    worker : float
        Memory of a worker with its decoder, in bytes.
    """

    seconds: dict[str, float]
    frames: float
    crops: float
    faces: float
    hashed: float
    worker: float


def main() -> None:
    """Calibrate and print the estimate."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=int)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--cores", type=int, default=processors(), help="of each node")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--training", type=float, help="crops a second, by python -m bench.train")
    parser.add_argument("--seconds", type=float, default=100.0, help="of calibration")
    args = parser.parse_args()
    os.environ.update(WORKER_ENVIRONMENT)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clips = (
            sorted(path for path in args.clips.rglob("*") if path.is_file())
            if args.clips
            else [make_clip(folder / f"{seed}.mp4", seed) for seed in range(2)]
        )
        rates = calibrate(clips, folder, args.seconds)
    print(
        f"{args.items} items, {args.nodes} x {args.cores} cores; {rates.faces:.1f} crops an item; "
        f"this machine: {processors()} cores, {memory() / 2**30:.1f} GiB"
    )
    table = estimate(rates, args.items, args.nodes * args.cores, training_of(rates, args.training))
    print(table.to_string(index=False, float_format=lambda value: f"{value:.2f}"))
    needed = args.cores * rates.worker / 2**30
    print(
        f"hours in all: {table['hours'].sum():.1f}; disk: {table['TB'].sum():.2f} TB; memory of a "
        f"node: {needed:.0f} GiB for {args.cores} workers of {rates.worker / 2**30:.1f} GiB"
    )


def calibrate(clips: list[Path], folder: Path, seconds: float) -> Rates:
    """Measure the stages on clips until the time is used up; each clip counts as often as others.

    Parameters
    ----------
    clips : list of Path
        Clips and pictures.
    folder : Path
        Where archives are written.
    seconds : float
        Wall seconds, exceeded by one clip at most.
    """
    names = list(load("detectors", list[str]))
    detectors = {
        name: load(f"detect.{name}", find("detector", name, DETECTORS).Params) for name in names
    }
    for name, params in detectors.items():
        load_detector(name, params)  # its start is no cost of an item
    end, measured = time.perf_counter() + seconds, []
    for clip in clips:
        if measured and time.perf_counter() > end:
            break
        measured.append(dict(_costs(clip, folder, detectors)))
    mean = pd.DataFrame(measured).mean().to_dict()
    sizes = {name: mean.pop(name) for name in ("frames bytes", "crops bytes", "crops")}
    data = bytes(2**27)
    start = time.process_time()
    hashlib.md5(data)
    rate = len(data) / (time.process_time() - start)
    worker = psutil.Process().memory_info().rss + _DECODER
    return Rates(mean, sizes["frames bytes"], sizes["crops bytes"], sizes["crops"], rate, worker)


def _costs(clip: Path, folder: Path, detectors: dict) -> Iterator[tuple[str, float]]:
    """Yield CPU seconds of each stage for a clip, and the sizes of what it makes."""
    frames, faces = load("frames", FramesSection), load("faces", FacesParams)
    start = time.process_time()

    def spent() -> float:
        nonlocal start
        before, start = start, time.process_time()
        return start - before

    rows, pictures, _ = stored_frames(clip, frames)
    names = [frame_name(frame, SUFFIX[frames.format]) for frame in rows["frame"]]
    archive = folder / "frames.zip"
    write_archive(archive, Record("", rows=rows), dict(zip(names, pictures, strict=True)))
    yield "frames", spent()
    item = pd.DataFrame(rows).assign(dataset="", method="", item="")
    boxes: dict[str, pd.DataFrame] = {}
    for name, params in detectors.items():
        to_search = item["frame"]
        if load("detect.second", str) == MISSES:
            to_search = to_search[~sure_frames(item, boxes, faces.min_confidence)]
        found = detect_item(ToSearch(archive, tuple(to_search)), name, params)
        boxes[name] = DETECTIONS.validate(
            pd.DataFrame(found.rows).assign(dataset="", method="", item="")
        )
        yield f"detect {name}", spent()
    made = faces_of_item(ItemInputs(archive, pd.DataFrame(rows), boxes), faces, frames.clip)
    crops = folder / "crops.zip"
    write_archive(crops, Record("", rows=made.rows), made.members)
    yield "faces", spent()
    encoded = list(read_members(crops).values())
    for picture in encoded:
        features(decode_stored(picture))
    yield "baseline", spent()
    size = recipe_for(load("backbones", list[str])[0]).input_size or 224
    for picture in encoded:
        decode_crop(picture, size)
    yield READING, spent()
    yield "frames bytes", archive.stat().st_size if frames.store else 0
    yield "crops bytes", crops.stat().st_size
    yield "crops", len(encoded)


READING = "reading crops, a pass"


def training_of(rates: Rates, crops_a_second: float | None) -> float | None:
    """Return seconds that the first backbone's training takes for each item, if the rate is known.

    Every item counts as one of train, which is somewhat too many.
    """
    if crops_a_second is None:
        return None
    recipe = recipe_for(load("backbones", list[str])[0])
    shown = min(rates.faces, recipe.frames_per_item or rates.faces)
    return shown * (recipe.head.epochs + recipe.tune.epochs) / crops_a_second


def estimate(rates: Rates, items: int, cores: int, training: float | None) -> pd.DataFrame:
    """Estimate each stage.

    Parameters
    ----------
    rates : Rates
        What an item costs.
    items : int
        Number of items.
    cores : int
        Of all machines together.
    training : float, optional
        Seconds on the device for each item, all epochs together.

    Returns
    -------
    DataFrame
        Columns ``stage``, ``hours`` (wall) and ``TB`` (of its archives).
    """
    kept = {"frames": rates.frames, "faces": rates.crops}
    rows = [
        (stage, items * seconds / cores / 3600, items * kept.get(stage, 0.0) / 1e12)
        for stage, seconds in rates.seconds.items()
    ]
    # DVC hashes and links in one process, whatever the number of cores
    size = rates.frames + rates.crops
    of_dvc = size / rates.hashed + (2 + _boxes(rates)) * DVC_SECONDS
    rows.append(("DVC: hash and link", items * of_dvc / 3600, 0.0))
    if training is not None:
        rows.append(("train, a backbone", items * training / 3600, 0.0))
    return pd.DataFrame(rows, columns=["stage", "hours", "TB"])


def _boxes(rates: Rates) -> int:
    """Count the detectors, each of which writes an archive an item."""
    return sum(stage.startswith("detect ") for stage in rates.seconds)


if __name__ == "__main__":
    main()
