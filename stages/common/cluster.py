"""Connect to a local Dask cluster, or to an existing one named in the machine's settings."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dask
from distributed import Client, LocalCluster, get_worker

from stages.common.errors import InputError, ParamsError
from stages.common.machine import MACHINE_FILE, Machine
from stages.common.quiet import interrupts_ignored
from stages.common.resources import memory
from stages.common.versions import require

WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # several workers may share a GPU
}


@contextmanager
def cluster(
    machine: Machine, items: int, versions: Mapping[str, str], on_gpu: bool
) -> Iterator[Client]:
    """Connect to the cluster that `machine` names, or start a local one.

    Local workers are processes with a single thread, native threads included: more would contend
    for cores, and an item that kills its worker affects no other item. On GPUs there is one worker
    per GPU with several threads: while one waits for the GPU, the others read pictures.

    Parameters
    ----------
    machine : Machine
        Number of local workers, their memory and number of GPUs, or the address of a scheduler.
    items : int
        Number of items to process; at most this many local workers are started.
    versions : mapping of str to str
        Versions of the libraries that affect results; every worker must have them installed.
    on_gpu : bool
        Whether the work uses a GPU if there is one.

    Raises
    ------
    InputError
        The named scheduler does not answer, or its workers run outside the repository.
    EnvironmentMismatch
        A worker of the named scheduler has other versions installed.
    """
    on_gpu = on_gpu and machine.gpus > 0 and machine.device != "cpu"
    workers = min(machine.gpus if on_gpu else machine.workers, items)
    threads = max(1, machine.workers // workers) if on_gpu else 1
    with (
        _existing(machine, versions) if machine.scheduler else _local(machine, workers, threads)
    ) as client:
        yield client


def memory_of_worker(machine: Machine, workers: int) -> int:
    """Return the memory limit of each of `workers` local workers, in bytes.

    Raises
    ------
    ParamsError
        ``memory`` in the machine's settings is no size.
    """
    if machine.memory == "auto":
        return memory() // workers
    try:
        return dask.utils.parse_bytes(machine.memory)
    except ValueError as error:
        raise ParamsError(f"{MACHINE_FILE} or MACHINE_MEMORY: {error}") from None


def worker_number() -> int | None:
    """Return the index of this process among the local workers; None if it is not one of them."""
    try:
        name = get_worker().name
    except ValueError:
        return None
    return name if isinstance(name, int) else None


@contextmanager
def _existing(machine: Machine, versions: Mapping[str, str]) -> Iterator[Client]:
    try:
        client = Client(machine.scheduler, timeout=30)
    except OSError as error:
        raise InputError(f"no Dask scheduler at {machine.scheduler}: {error}") from None
    with client:
        here = Path(__file__).relative_to(Path.cwd())
        client.wait_for_workers(1, timeout=300)
        for worker, found in client.run(Path.is_file, here).items():
            if not found:
                raise InputError(f"Dask worker {worker} was not started in the repository's folder")
        client.run(require, versions)
        yield client


@contextmanager
def _local(machine: Machine, workers: int, threads: int) -> Iterator[Client]:
    settings = {
        # Forking workers from a process that has imported Dask halves start and stop times
        "distributed.worker.multiprocessing-method": "forkserver",
        "distributed.nanny.pre-spawn-environ": WORKER_ENVIRONMENT,
        # `stages.common.items` retries the items of a dead worker itself, one at a time
        "distributed.scheduler.allowed-failures": 0,
        "temporary-directory": ".work/dask",
    }
    limit = memory_of_worker(machine, workers)
    with dask.config.set(settings):
        with interrupts_ignored():
            local = LocalCluster(
                n_workers=workers,
                threads_per_worker=threads,
                memory_limit=limit,
                dashboard_address="127.0.0.1:0",
                # The stage handles restarted workers itself and reports the result
                silence_logs=logging.CRITICAL,
            )
        with local, Client(local) as client:
            yield client
