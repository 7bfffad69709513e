"""Where items run: a local Dask cluster, or an existing one that the machine's settings name."""

from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

from stages.common.errors import InputError
from stages.common.machine import Machine

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


@contextmanager
def cluster(machine: Machine) -> Iterator[Client]:
    """A client of the cluster that `machine` names.

    Local workers are processes with one thread, native threads included: more would only
    contend, and a worker that a medium kills takes no other with it.

    Raises
    ------
    InputError
        The named scheduler does not answer.
    """
    if machine.scheduler:
        try:
            client = Client(machine.scheduler, timeout=30)
        except OSError as error:
            raise InputError(f"no Dask scheduler at {machine.scheduler}: {error}") from None
        with client:
            yield client
        return
    settings = {
        "distributed.nanny.pre-spawn-environ": _ONE_THREAD,
        "distributed.worker.daemon": False,  # a worker may start a process to decode in
        "temporary-directory": ".work/dask",
    }
    memory = machine.memory if machine.memory == "auto" else dask.utils.parse_bytes(machine.memory)
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=machine.workers,
            threads_per_worker=1,
            memory_limit=memory,
            dashboard_address=None,
        ) as local,
        Client(local) as client,
    ):
        yield client
