"""Where items run: a local Dask cluster, or an existing one that the machine's settings name."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dask
from distributed import Client, LocalCluster

from stages.common.errors import InputError
from stages.common.machine import Machine
from stages.common.versions import pinned

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


@contextmanager
def cluster(machine: Machine, items: int, versions: Mapping[str, str]) -> Iterator[Client]:
    """A client of the cluster that `machine` names.

    Local workers are processes with one thread, native threads included: more would only
    contend, and a worker that a medium kills takes no other with it.

    Parameters
    ----------
    machine : Machine
        Number and memory of local workers, or the address of a scheduler.
    items : int
        How many there are to work on; no more local workers are started.
    versions : mapping of str to str
        Libraries that change the items' bytes, which every worker must have in these versions.

    Raises
    ------
    InputError
        The named scheduler does not answer, or its workers cannot do the work.
    """
    with _existing(machine, versions) if machine.scheduler else _local(machine, items) as client:
        yield client


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
        client.run(pinned, *versions)
        yield client


@contextmanager
def _local(machine: Machine, items: int) -> Iterator[Client]:
    settings = {
        # Workers forked from a process that has imported Dask start and stop in half the time
        "distributed.worker.multiprocessing-method": "forkserver",
        "distributed.nanny.pre-spawn-environ": _ONE_THREAD,
        # What a worker died of is found out by trying again, one medium at a time
        "distributed.scheduler.allowed-failures": 0,
        "temporary-directory": ".work/dask",
    }
    memory = machine.memory if machine.memory == "auto" else dask.utils.parse_bytes(machine.memory)
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=min(machine.workers, items),
            threads_per_worker=1,
            memory_limit=memory,
            dashboard_address="127.0.0.1:0",
            # Workers that are restarted are our business; the stage says what came of it
            silence_logs=logging.CRITICAL,
        ) as local,
        Client(local) as client,
    ):
        yield client
