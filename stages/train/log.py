"""Log time and hardware load, outside the DVC outs because they differ between runs."""

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


class EpochLogger:
    """Writes JSON Lines, one line per epoch."""

    def __init__(self, path: Path, crops: int) -> None:
        """Append to `path`; `crops` is the number of crops per epoch."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._crops = crops
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._gpus = _watch_gpus()
        self._since = time.perf_counter()

    def log_epoch(self, row: dict[str, Any]) -> None:
        """Write an epoch's metrics with the time and the load since the previous line."""
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
    """Start nvidia-smi in a loop and return its output; None if it is not installed."""
    if shutil.which("nvidia-smi") is None:
        return None
    query = f"--query-gpu=index,{','.join(_GPU_METRICS.values())}"
    # If this process is killed, nvidia-smi ends because its pipe is closed
    watch = subprocess.Popen(
        ["nvidia-smi", query, "--format=csv,noheader,nounits", f"--loop={_SECONDS}"],
        stdout=subprocess.PIPE,
    )
    atexit.register(watch.terminate)
    assert isinstance(watch.stdout, io.BufferedReader)  # because of PIPE
    os.set_blocking(watch.stdout.fileno(), False)
    return watch.stdout


def _gpu_load(gpus: io.BufferedReader | None) -> dict[str, float]:
    """Mean utilisation and peak memory of each GPU since the last call, over all its processes."""
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
