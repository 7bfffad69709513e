"""Processors and memory that this process may use, control groups of containers and jobs included.

Docker, Kubernetes and SLURM bound a job by control groups (Linux, cgroups(7)), which neither
`os.cpu_count` nor a machine's total memory takes into account. A group's bounds hold for all groups
below it, so the least of them counts.
"""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import psutil

_MOUNTED = Path("/sys/fs/cgroup")
_OF_THIS_PROCESS = Path("/proc/self/cgroup")
_OUT_OF_MEMORY_KILLS = Path("/proc/vmstat")


def processors() -> int:
    """Return how many processors this process may use: affinity and quota, at least 1."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        count = os.cpu_count() or 1
    quotas = [
        *(text.split() for text in _bounds("", "cpu.max")),
        *zip(_bounds("cpu", "cpu.cfs_quota_us"), _bounds("cpu", "cpu.cfs_period_us"), strict=False),
    ]
    # Without a quota, the first of the two is "max" (version 2) or -1 (version 1)
    whole = [int(quota) // int(period) for quota, period in quotas if quota.isdecimal()]
    return max(1, min([count, *whole]))


def memory() -> int:
    """Return how many bytes of memory this process and its children may use together."""
    bounds = [*_bounds("", "memory.max"), *_bounds("memory", "memory.limit_in_bytes")]
    return min([psutil.virtual_memory().total, *map(int, filter(str.isdecimal, bounds))])


def out_of_memory_kills() -> int:
    """Return how many processes Linux has killed since its start because memory ran out."""
    try:
        lines = _OUT_OF_MEMORY_KILLS.read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def _bounds(controller: str, file: str) -> Iterator[str]:
    """Yield what a file says in this process's group and in those above it.

    Parameters
    ----------
    controller : str
        One of version 1, such as ``memory``; empty for version 2.
    file : str
        Such as ``memory.max``.
    """
    try:
        lines = _OF_THIS_PROCESS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, name = line.split(":", 2)
        if controller not in controllers.split(","):
            continue
        group = PurePosixPath(name.lstrip("/"))
        for each in [group, *group.parents]:
            try:
                yield (_MOUNTED / controller / each / file).read_text().strip()
            except OSError:  # the root has no bounds, and a container sees its own groups alone
                continue
