"""A log of time and load, outside the outs: it differs from run to run."""

import json
import os
import time
from pathlib import Path

import keras
import psutil


class Log:
    """Lines of JSON, one an epoch."""

    def __init__(self, path: Path, crops: int) -> None:
        """Append to `path`; an epoch has `crops` crops."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._crops = crops
        self._process = psutil.Process()
        self._process.cpu_percent()
        self._since = time.perf_counter()

    def epoch(self, row: dict) -> None:
        """Write the time since the last line and the load over it beside an epoch's curves."""
        seconds = time.perf_counter() - self._since
        line = row | {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "seconds": round(seconds, 2),
            "crops_per_second": round(self._crops / seconds, 1),
            "cpu_percent": self._process.cpu_percent(),
            "load_average": os.getloadavg()[0],
            "memory_bytes": self._process.memory_info().rss,
            **_gpu_memory(),
        }
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self._since = time.perf_counter()


def _gpu_memory() -> dict[str, int]:
    """Peak bytes on each GPU, where TensorFlow runs on some."""
    if keras.backend.backend() != "tensorflow":
        return {}
    import tensorflow as tf

    return {
        f"gpu{number}_peak_bytes": tf.config.experimental.get_memory_info(gpu.name)["peak"]
        for number, gpu in enumerate(tf.config.list_logical_devices("GPU"))
    }
