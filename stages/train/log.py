"""Log time and load outside the outs, since they differ from run to run."""

import atexit
import io
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

_GPU_METRICS = {"percent": "utilization.gpu", "mebibytes": "memory.used"}
_SECONDS = 5


class Log:
    """Lines of JSON, one an epoch."""

    def __init__(self, path: Path, crops: int) -> None:
        """Append to `path`; an epoch has `crops` crops."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._crops = crops
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._gpus = _watch_gpus()
        self._since = time.perf_counter()

    def epoch(self, row: dict[str, Any]) -> None:
        """Write the time since the last line and the load over it beside an epoch's curves."""
        seconds = time.perf_counter() - self._since
        line = row | {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "seconds": round(seconds, 2),
            "crops_per_second": round(self._crops / seconds, 1),
            "cpu_percent": self._process.cpu_percent(),
            "load_average": os.getloadavg()[0],
            "memory_bytes": self._process.memory_info().rss,
            **_gpu_load(self._gpus),
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._since = time.perf_counter()


def _watch_gpus() -> io.BufferedReader | None:
    """Start nvidia-smi, which reports every few seconds; None if it is not installed."""
    if shutil.which("nvidia-smi") is None:
        return None
    query = f"--query-gpu=index,{','.join(_GPU_METRICS.values())}"
    # Where this process is killed, the closed pipe ends that one
    watch = subprocess.Popen(
        ["nvidia-smi", query, "--format=csv,noheader,nounits", f"--loop={_SECONDS}"],
        stdout=subprocess.PIPE,
    )
    atexit.register(watch.terminate)
    assert isinstance(watch.stdout, io.BufferedReader)  # as asked for by PIPE
    os.set_blocking(watch.stdout.fileno(), False)
    return watch.stdout


def _gpu_load(gpus: io.BufferedReader | None) -> dict[str, float]:
    """Mean use and most memory of each GPU since the last call, by all that runs on it."""
    lines = gpus.read() if gpus else None
    if not lines:
        return {}
    seen = pd.read_csv(
        io.BytesIO(lines), names=["gpu", *_GPU_METRICS], na_values="[N/A]", skipinitialspace=True
    ).groupby("gpu")
    load = {"percent": seen["percent"].mean(), "mebibytes": seen["mebibytes"].max()}
    return {
        f"gpu{gpu}_{metric}": float(value)
        for metric, values in load.items()
        for gpu, value in values.dropna().items()
    }
