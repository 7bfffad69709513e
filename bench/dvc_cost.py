"""Measure the cost of DVC itself: linking by cache type, and its share of ``dvc repro``.

Command
    ``python -m bench.dvc_cost [ITEMS]``; the share is measured with ITEMS items (default: 1,000)
Folder
    a temporary one; ``BENCH_FOLDER`` sets its parent, for example on another file system (reflink
    needs Btrfs or XFS)
Linking
    one file is added to a persisted folder of `FILES` files of `SIZE` MB: wall and CPU seconds of
    the whole ``dvc repro`` for each cache type that the file system supports
Share
    the stage ``frames`` runs on synthetic clips (see `bench.increments`): wall seconds of ``dvc
    repro`` and of its command, and CPU seconds of DVC's own process and of all processes; then
    again with nothing new, and with one more item
"""

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from bench.increments import KINDS, ROOT, make_clip, make_repository, write_index
from bench.watched import run_watched
from stages.common.tables.index import index_path

FILES, SIZE = 200, 4
TYPES = ("copy", "hardlink", "symlink", "reflink")
_SUBREAPER = 36  # prctl option: adopt processes that outlive their parent, so that they are counted


def main() -> None:
    """Print both costs."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    for benchmark, argument in ((linking, TYPES), (share, (items,))):
        for each in argument:
            with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as temporary:
                os.chdir(temporary)
                dvc("init", "--quiet", "--no-scm")
                dvc("config", "core.analytics", "false")
                benchmark(each)
                os.chdir(ROOT)


def dvc(*args: str) -> str:
    """Run DVC and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *args], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout + done.stderr


def linking(kind: str) -> None:
    """Print the cost of one more file with a given cache type."""
    dvc("config", "cache.type", kind)
    Path("add.py").write_text(
        "import os, pathlib\n"
        "folder = pathlib.Path('out')\n"
        "folder.mkdir(exist_ok=True)\n"
        "for number in range(int(pathlib.Path('count').read_text())):\n"
        "    path = folder / f'{number}.zip'\n"
        f"    path.exists() or path.write_bytes(os.urandom({SIZE} * 2**20))\n"
    )
    stage = {
        "cmd": f"{sys.executable} add.py",
        "deps": ["count"],
        "outs": [{"out": {"persist": True}}],
    }
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"add": stage}}))
    Path("count").write_text(str(FILES))
    try:
        dvc("repro")
    except SystemExit as refused:
        print(f"{kind}: not on this file system ({str(refused).strip().splitlines()[-1]})")
        return
    Path("count").write_text(str(FILES + 1))
    _, wall, _, whole = repro()
    print(f"{kind}: one more file beside {FILES} of {SIZE} MB: {wall:.1f} s, {whole:.1f} s CPU")


def share(count: int) -> None:
    """Print DVC's share of running a stage over `count` items."""
    make_repository()
    raw = Path("data/raw/made")
    for kind in range(KINDS):
        make_clip(Path(f"{kind}.mp4"), kind)
    Path("run.py").write_text(
        "import subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "subprocess.run([sys.executable, '-m', 'stages.frames', 'made'], check=True)\n"
        "print('command took', time.perf_counter() - start)\n"
    )
    stage = {
        "cmd": f"{sys.executable} run.py",
        "deps": [str(raw), str(index_path("made"))],
        "params": ["frames"],
        "outs": [{"data/frames/made": {"persist": True}}, "data/frame_tables/made.csv"],
    }
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"frames": stage}}))
    for name, total in {"all": count, "nothing new": count, "one more": count + 1}.items():
        add_items(raw, total)
        output, wall, own, whole = repro()
        command = re.search(r"command took ([\d.]+)", output)
        inside = float(command[1]) if command else 0.0
        print(
            f"{name}: dvc repro {wall:.1f} s, of which its command {inside:.1f} s; DVC itself "
            f"{own:.1f} of {whole:.1f} s CPU, {own / whole:.1%}"
        )


def add_items(raw: Path, count: int) -> None:
    """Add clips with distinct content until the dataset has `count`, and write its index."""
    for number in range(len(list(raw.iterdir())), count):
        path = raw / f"{number:05}.mp4"
        shutil.copy(f"{number % KINDS}.mp4", path)
        with path.open("ab") as clip:
            clip.write(b"\0\0\0\x10free" + number.to_bytes(8))
    clips = sorted(raw.iterdir())
    write_index(
        {clip.stem: (clip.name, hashlib.md5(clip.read_bytes()).hexdigest()) for clip in clips}
    )


def repro() -> tuple[str, float, float, float]:
    """Run ``dvc repro``; return its output, wall seconds, and CPU seconds of DVC and in total."""
    before = sum(os.times()[2:4])
    ran = run_watched(
        ["-m", "dvc", "repro"], lambda process: sum(process.cpu_times()[:2]), interval=0.05
    )
    while True:  # wait for workers that outlived the stage
        try:
            os.wait()
        except ChildProcessError:
            return ran.output, ran.seconds, ran.peak, sum(os.times()[2:4]) - before


if __name__ == "__main__":
    main()
