"""Measure ready-made crops: pictures a second from the index to the table of faces.

Command
    ``python -m bench.crops [FOLDER LAYOUT]``
The stages ``index``, ``frames``, ``detect`` and ``faces`` run in a temporary repository, one worker
each: on `COUNT` pictures with ``crops: true``, and on `FEW` of them without, as before there was
such a parameter. FOLDER is a dataset of its layout; by default, pictures of `SIDE` px (JPEG) are
made from a photograph, in layout ``folder``. CPU seconds count all processes, with their start.
"""

import os
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import yaml
from skimage.data import astronaut

from bench.repository import ROOT, temporary_repository
from bench.watched import of_all, run_watched
from stages.common.table import read, write
from stages.common.tables.faces import FACES, faces_path
from stages.common.tables.index import INDEX, index_path
from stages.profiles import profile

COUNT = 10_000
FEW = 500
SIDE = 224
_SECONDS_BETWEEN_SAMPLES = 0.1


def main() -> None:
    """Print the rates with and without ``crops: true``."""
    given = sys.argv[1:]
    folder, layout = (Path(given[0]).resolve(), given[1]) if given else (None, "folder")
    with temporary_repository():
        Path("data/raw").mkdir(parents=True)
        if folder:
            Path("data/raw/made").symlink_to(folder)
        else:
            make_pictures(Path("data/raw/made"))
        run("code")
        for crops, count in ((True, COUNT), (False, FEW)):
            params = profile("sample", root=ROOT)
            params["datasets"] = {"made": {"role": "seen", "layout": layout, "crops": crops}}
            Path("params.yaml").write_text(yaml.safe_dump(params))
            print(f"crops: {str(crops).lower()}, {count} pictures")
            report(count)
            shutil.rmtree("data/faces")


def make_pictures(folder: Path) -> None:
    """Write parts of a photograph with some noise, as many real as fake."""
    rng = np.random.default_rng(0)
    scene = cv2.resize(astronaut(), (1024, 1024))[..., ::-1]
    for number in range(COUNT):
        left, top = rng.integers(0, 1024 - SIDE, 2)
        noise = rng.normal(0, 2, (SIDE, SIDE, 3))
        picture = np.clip(scene[top : top + SIDE, left : left + SIDE] + noise, 0, 255)
        path = folder / ("real", "fake")[number % 2] / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture.astype(np.uint8))


def report(count: int) -> None:
    """Run the stages on the first `count` pictures of the index, and print their times."""
    total = np.zeros(2)
    commands = [
        ["index", "made"],
        ["frames", "made"],
        ["detect", "made"],
        ["faces", "made", "seen"],
    ]
    for command in commands:
        times = np.array(run(*command))
        if command[0] == "index":
            items = read(index_path("made"), INDEX)
            times *= count / len(items)
            write(index_path("made"), items.sample(count, random_state=0), INDEX)
        total += times
        print(f"  {' '.join(command):20} {times[0]:7.1f} s, {times[1]:7.1f} CPU s")
    wall, cpu = count / total
    found = len(read(faces_path("seen", "made"), FACES))
    print(f"  {wall:.0f} pictures a second, {cpu:.0f} a CPU second; faces of {found / count:.1%}")


def run(*command: str) -> tuple[float, float]:
    """Run a stage with one worker; return its wall time and the CPU time of all its processes."""
    stage = run_watched(
        ["-m", f"stages.{command[0]}", *command[1:]],
        # A process's own, and of its children that have ended
        lambda process: of_all(process, lambda each: sum(each.cpu_times()[:4])),
        _SECONDS_BETWEEN_SAMPLES,
        os.environ | {"MACHINE_WORKERS": "1"},
    )
    return stage.seconds, stage.peak


if __name__ == "__main__":
    main()
