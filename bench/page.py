"""Measure how long the web page takes to open and to answer, and how large its answers are.

Command
    ``python -m bench.page CLIP…``, in a repository with trained models
Prints
    seconds from the command ``python -m app`` to a page that can be opened, and to models that are
    loaded; of each clip or picture, seconds of the answer with its annotated copy and maps, and the
    megabytes of its HTML; the largest memory of the answering process
"""

import argparse
import resource
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pandas as pd

from app.answer import answer_html
from app.limits import PageLimits
from app.service import Refused, Service

_PORT = 7899
_LIMITS = PageLimits(megabytes=100, duration=120, megapixels=9, seconds=120, waiting=20)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    args = parser.parse_args()
    for moment, seconds in start().items():
        print(f"{moment}: {seconds:.1f} s", flush=True)
    service = Service(_LIMITS)
    service.load()
    table = pd.DataFrame([answered(service, clip) for clip in args.clips])
    print(table.astype(object).fillna("").to_markdown(index=False, floatfmt=".2f"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"\nmemory: {peak:.1f} GiB at most")


def start() -> dict[str, float]:
    """Seconds from the command to what it says, and to the first bytes of the page."""
    began, found = time.perf_counter(), {}
    with subprocess.Popen(
        [sys.executable, "-m", "app", "--port", str(_PORT)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None  # because of PIPE
        for line in server.stdout:
            if line.startswith("Open "):
                urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/", timeout=60).read()
                found["page opened"] = time.perf_counter() - began
            if line.startswith("Ready"):
                found["models loaded"] = time.perf_counter() - began
                break
        server.send_signal(signal.SIGTERM)
    return found


def answered(service: Service, clip: Path) -> dict[str, object]:
    """Seconds and megabytes of the answer about a clip."""
    row: dict[str, object] = {"clip": clip.name, "MB": clip.stat().st_size / 1e6}
    began = time.perf_counter()
    try:
        html = answer_html(service.answer(clip, service.names[-1], lambda share, doing: None))
    except Refused as refused:
        return row | {"refused": str(refused)}
    seconds = time.perf_counter() - began
    return row | {"seconds": seconds, "MB of the answer": len(html.encode()) / 1e6}


if __name__ == "__main__":
    main()
