"""Measure what many archives cost in DVC itself, by cache type, and what shards would save.

Command
    ``python -m bench.archives [ITEMS] [KILOBYTES]`` (default: 20,000 items of 64 kB)
Folder
    a temporary one; ``BENCH_FOLDER`` sets its parent, for example on another file system
Printed
    for each cache type, and for archives of one item and of `SHARD` items: wall seconds of ``dvc
    repro`` of a stage that only writes the archives (without the time of the writing itself), of
    ``dvc status`` with nothing new, and of ``dvc repro`` after one item more, of which the stage
    itself writes one archive; then the same for `DFDC` items, all but DVC's start in proportion
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from bench.dvc_cost import dvc

DFDC = 128_154
SHARD = 64
TYPES = ("reflink", "hardlink", "copy")
_WRITE = """
import os, pathlib, sys, time
count, size, shard = map(int, pathlib.Path("count").read_text().split())
start = time.perf_counter()
folder = pathlib.Path("out")
folder.mkdir(exist_ok=True)
for first in range(0, count, shard):
    items = min(shard, count - first)
    path = folder / f"{first}.zip"
    if not path.exists() or path.stat().st_size != items * size:
        path.unlink(missing_ok=True)  # never written into: it may be the cache's own
        path.write_bytes(os.urandom(items * size))
print("command took", time.perf_counter() - start)
"""


def main() -> None:
    """Print the cost of each cache type and size of shards."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    size = 1000 * int(sys.argv[2]) if len(sys.argv) > 2 else 64_000
    print(f"{items} items of {size / 1000:g} kB")
    for kind in TYPES if _has_reflinks() else TYPES[1:]:
        for shard in (1, SHARD):
            with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as temporary:
                os.chdir(temporary)
                try:
                    measure(kind, items, size, shard)
                finally:
                    os.chdir(Path(__file__).parents[1])


def _has_reflinks() -> bool:
    """Whether the file system of the benchmark's folder has reflinks; DVC copies where not."""
    with tempfile.NamedTemporaryFile(dir=os.environ.get("BENCH_FOLDER")) as file:
        command = ["cp", "--reflink=always", file.name, f"{file.name}-linked"]
        done = subprocess.run(command, capture_output=True, check=False)
        Path(f"{file.name}-linked").unlink(missing_ok=True)
    return done.returncode == 0


def measure(kind: str, items: int, size: int, shard: int) -> None:
    """Print the seconds of DVC itself for archives of `shard` items with one cache type."""
    dvc("init", "--quiet", "--no-scm")
    dvc("config", "core.analytics", "false")
    dvc("config", "cache.type", kind)
    start = timed("status")
    Path("write.py").write_text(_WRITE)
    stage = {"cmd": f"{sys.executable} write.py", "deps": ["count"]}
    outs = {"outs": [{"out": {"persist": True}}]}
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": {"write": stage | outs}}))
    seconds = {}
    try:
        for name, count in {"first": items, "one more": items + 1}.items():
            Path("count").write_text(f"{count} {size} {shard}")
            seconds[name] = timed("repro")
            seconds[f"status after {name}"] = timed("status")
    except SystemExit as refused:
        print(f"{kind}: not on this file system ({str(refused).strip().splitlines()[-1]})")
        return
    scaled = DFDC / items
    for name, spent in seconds.items():
        print(
            f"{kind}, {shard} items an archive, {name}: {spent:.1f} s; "
            f"{DFDC} items: {start + (spent - start) * scaled:.0f} s",
            flush=True,
        )


def timed(command: str) -> float:
    """Return wall seconds of a DVC command, less those that its stage took."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "dvc", command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    inside = re.search(r"command took ([\d.]+)", done.stdout + done.stderr)
    return time.perf_counter() - start - (float(inside[1]) if inside else 0.0)


if __name__ == "__main__":
    main()
