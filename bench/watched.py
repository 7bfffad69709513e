"""Run a command and watch its process while it runs."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil


@dataclass(frozen=True)
class Watched:
    """A command that has run.

    Attributes
    ----------
    output : str
        What it printed to standard output and standard error.
    seconds : float
        Wall time of its process.
    peak : float
        The largest reading.
    """

    output: str
    seconds: float
    peak: float


def run_watched(
    command: Sequence[str],
    reading: Callable[[psutil.Process], float],
    interval: float,
    env: Mapping[str, str] | None = None,
) -> Watched:
    """Run a command and take readings of its process until it ends; end the bench if it fails.

    Parameters
    ----------
    command : sequence of str
        Arguments of Python.
    reading : callable
        Such as the memory of the process and its descendants.
    interval : float
        Seconds between two readings.
    env : mapping, optional
        Environment of the command, in place of this process's.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    readings = [0.0]
    watcher = threading.Thread(
        target=_watch, args=(psutil.Process(process.pid), reading, interval, readings)
    )
    watcher.start()
    output = process.communicate()[0]
    seconds = time.perf_counter() - start
    watcher.join()
    if process.returncode:
        sys.exit(output)
    return Watched(output, seconds, max(readings))


def memory_of_all(process: psutil.Process) -> float:
    """Resident memory of a process and its descendants in bytes; shared pages count in each."""
    return of_all(process, lambda each: each.memory_info().rss)


def of_all(process: psutil.Process, value: Callable[[Any], float]) -> float:
    """Sum a value over a process and its descendants, without those that end meanwhile."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.Error):
            total += value(each)
    return total


def _watch(
    process: psutil.Process,
    reading: Callable[[psutil.Process], float],
    interval: float,
    readings: list[float],
) -> None:
    with suppress(psutil.Error):
        while True:  # one that has ended still tells the CPU time that it used
            readings.append(reading(process))
            if process.status() == psutil.STATUS_ZOMBIE:
                return
            time.sleep(interval)
