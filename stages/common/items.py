"""Process many items in parallel into one archive each; runs are incremental and resumable.

The content of a folder of archives depends only on its inputs: an archive whose digest matches is
reused, any other is written again, and archives of removed items are deleted, however often the
run was interrupted. Stages can therefore declare the folder with ``persist: true``.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import pandas as pd
from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from stages.common.archive import Record, item_path, read_record, write_archive
from stages.common.cluster import cluster
from stages.common.errors import (
    InputError,
    ItemError,
    MachineFailure,
    PipelineError,
    TooManyFailures,
    first_of,
)
from stages.common.faults import is_of_machine
from stages.common.machine import MACHINE_FILE, this_machine
from stages.common.progress import progress
from stages.common.resources import out_of_memory_kills
from stages.common.table import KEY

_IN_FLIGHT_PER_THREAD = 2
_ITEMS_A_TABLE = 2_000


@dataclass(frozen=True)
class Job:
    """An item that a stage must process.

    Attributes
    ----------
    dataset, method, item : str
        The item's key.
    content : str
        Digest of the bytes that processing the item reads.
    task : object
        Argument of the function that processes the item; it must be picklable and determined by
        `content` and the key.
    """

    dataset: str
    method: str
    item: str
    content: str
    task: Any


@dataclass(frozen=True)
class ItemResult:
    """The result of processing one item.

    Attributes
    ----------
    rows : dict of str to list
        The item's rows of the stage's table, column by column, without the item's key.
    members : dict of str to bytes
        Encoded pictures by name.
    """

    rows: dict[str, list[Any]]
    members: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Batched:
    """Work on several items at a time, for items of so little work that a start counts.

    Attributes
    ----------
    work : callable
        Called with the tasks of the items; yields for each, in order, an `ItemResult`, or the error
        for which the item is skipped. What it yields for an item must not depend on the others.
    size : int
        Largest number of items at a time.
    """

    work: Callable[[list[Any]], Iterator[ItemResult | Exception]]
    size: int


@dataclass(frozen=True)
class Outcome:
    """The result of a run over all items.

    Attributes
    ----------
    rows : DataFrame
        Rows of all items, with their key.
    failures : DataFrame
        Key and ``error`` of the items that were skipped.
    processed : int
        Number of items that were processed; the archives of the others were reused.
    """

    rows: pd.DataFrame
    failures: pd.DataFrame
    processed: int


def run_items(
    work: Callable[[Any], ItemResult] | Batched,
    jobs: Sequence[Job],
    folder: Path,
    provenance: dict[str, Any],
    code: Mapping[str, str],
    label: str,
    max_failed_fraction: float,
    on_gpu: bool = False,
) -> Outcome:
    """Update the archives in `folder` to `jobs`, and return their table rows.

    Parameters
    ----------
    work : callable or Batched
        Module-level function (or a `functools.partial` of one) that is called with a job's task
        in a worker process and returns an `ItemResult`. If it raises an `ItemError`, or any error
        of a library, the item is skipped; if the machine caused the error, until the next run.
    jobs : sequence of Job
        Every item that `folder` must contain.
    folder : Path
        The stage's persisted out.
    provenance : dict
        What the archives are made with, as JSON values: the parameters that affect their bytes
        and, under ``versions``, the versions of the libraries that do. It enters every digest.
    code : mapping of str to str
        Digest of each code file that affects their bytes, from `stages.common.code.code_of`.
    label : str
        Name of the run in the progress bar.
    max_failed_fraction : float
        Largest share of items, in [0, 1], that may fail without ending the stage.
    on_gpu : bool
        Whether `work` uses a GPU if the machine has one; it then runs in threads of one process
        per GPU.

    Returns
    -------
    Outcome
        Rows and failures are the same whether items were reused or processed again.

    Raises
    ------
    TooManyFailures
        More items failed; the message lists the first ten. Finished archives stay in `folder`.
    InputError
        An archive cannot be written, or the machine has no thread or memory left.
    """
    paths = {job: item_path(folder, job.method, job.item) for job in jobs}
    digests = _digests(jobs, provenance, code)
    todo = [job for job in jobs if _digest_of(paths[job]) != digests[job]]
    folder.mkdir(parents=True, exist_ok=True)  # DVC demands an out even of no items
    _remove_all_but(set(paths.values()), folder)
    if todo:
        reused = len(jobs) - len(todo)
        print(f"{label}: {len(todo)} to work on, {reused} reused", file=sys.stderr)
        batched = work if isinstance(work, Batched) else Batched(partial(_one_by_one, work), 1)
        tasks = {job: _Task(job.task, paths[job], digests[job]) for job in todo}
        count = ceil(len(todo) / batched.size)
        with cluster(this_machine(), count, provenance["versions"], on_gpu) as client:
            _work_on(client, partial(_process, batched.work), tasks, batched.size, label)
    outcome = _outcome(paths, len(todo))
    if len(outcome.failures) > max_failed_fraction * len(jobs):
        raise TooManyFailures(_too_many(label, outcome.failures, len(jobs), max_failed_fraction))
    return outcome


def _digests(
    jobs: Sequence[Job], provenance: dict[str, Any], code: Mapping[str, str]
) -> dict[Job, str]:
    shared = json.dumps([provenance, code], sort_keys=True)
    return {job: hashlib.sha256(f"{job.content}\n{shared}".encode()).hexdigest() for job in jobs}


def _digest_of(path: Path) -> str:
    """Read the digest of an archive; if it is unreadable, return one that matches no item's."""
    try:
        return read_record(path).digest
    except InputError:
        return ""


def _remove_all_but(expected: set[Path], folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in expected:
            path.unlink()


@dataclass(frozen=True)
class _Task:
    """What a worker is given of an item: the argument of `work`, and the archive to write."""

    argument: Any
    path: Path
    digest: str


def _work_on(
    client: Client,
    process: Callable[[list[_Task]], int],
    tasks: dict[Job, _Task],
    batch_size: int,
    label: str,
) -> None:
    """Write the archives of all jobs.

    When a worker dies, every item it held may have been the cause. Each of them is retried with
    nothing else running in the cluster, so that only an item that kills its worker is skipped.
    """
    suspects: list[_Task] = []
    failed = 0
    with progress(label, len(tasks)) as bar:

        def done(count: int, failed_of_them: int) -> None:
            nonlocal failed
            failed += failed_of_them
            bar.set_postfix(failed=failed, refresh=False)
            bar.update(count)

        for batch, future in _run(client, process, _batches(list(tasks.values()), batch_size)):
            if _killed(batch, future):
                suspects += batch
            else:
                done(len(batch), future.result())
        for suspect in suspects:
            kills = out_of_memory_kills()
            for batch, future in _run(client, process, [[suspect]]):
                killed = _killed(batch, future)
                if killed:
                    cause = _cause_of_death(client, future.exception(), kills)
                    error = f"killed each worker that took it{cause}"
                    write_archive(suspect.path, Record("", error), {})
                done(1, 1 if killed else future.result())


def _batches(tasks: list[_Task], size: int) -> list[list[_Task]]:
    return [tasks[first : first + size] for first in range(0, len(tasks), size)]


def _run(
    client: Client, process: Callable[[list[_Task]], int], batches: Sequence[list[_Task]]
) -> Iterator[tuple[list[_Task], Future]]:
    """Submit batches, a few per thread at a time, and yield each with its completed future."""

    def submit(batch: list[_Task]) -> Future:
        future = client.submit(process, batch, pure=False)
        submitted[future.key] = batch
        return future

    submitted: dict[str, list[_Task]] = {}
    queue = iter(batches)
    window = _IN_FLIGHT_PER_THREAD * max(1, sum(client.nthreads().values()))
    running = as_completed([submit(batch) for batch in islice(queue, window)])
    for future in running:
        yield submitted.pop(future.key), future
        for following in islice(queue, 1):
            running.add(submit(following))


def _killed(batch: list[_Task], future: Future) -> bool:
    """Return whether the batch's worker died; raise other errors, which end the stage."""
    error = future.exception()
    if error is None:
        return False
    if isinstance(error, KilledWorker):
        return True
    if isinstance(error, PipelineError):
        raise error
    if isinstance(error, OSError):
        raise InputError(f"{batch[0].path} cannot be written: {error}") from error
    advice = f"; set fewer {_WORKERS}" if is_of_machine(error) else ""
    reason = f"{type(error).__name__}: {error}{advice}"
    raise InputError(f"{batch[0].path} cannot be made: {reason}") from error


_WORKERS = f"workers in {MACHINE_FILE} or MACHINE_WORKERS"


def _cause_of_death(client: Client, error: KilledWorker, kills: int) -> str:
    """Say that a worker was killed for memory, if it was, and which setting to change.

    Parameters
    ----------
    client : Client
        The cluster.
    error : KilledWorker
        Of the item that ran alone.
    kills : int
        `out_of_memory_kills` before it ran.
    """
    worker = error.last_worker
    ended = {event["worker"] for _, event in client.get_events("worker-restart-memory")}
    if worker.address in ended:
        return (
            f": it took more than the {worker.memory_limit / 2**30:.1f} GiB that one worker may "
            f"use; set more memory in {MACHINE_FILE} or MACHINE_MEMORY, or fewer {_WORKERS}"
        )
    if out_of_memory_kills() > kills:
        return f": the machine ran out of memory; set fewer {_WORKERS}"
    return ""


def _one_by_one(
    work: Callable[[Any], ItemResult], arguments: Sequence[Any]
) -> Iterator[ItemResult | Exception]:
    for argument in arguments:
        try:
            yield work(argument)
        except PipelineError:  # not caused by the item
            raise
        except Exception as error:  # an unforeseen error in one item must not stop the others
            yield error


def _process(
    work: Callable[[list[Any]], Iterator[ItemResult | Exception]], batch: list[_Task]
) -> int:
    """Process items in a worker process, write their archives and return how many failed."""
    failed = 0
    for result, task in zip(work([task.argument for task in batch]), batch, strict=True):
        members: Mapping[str, bytes] = {}
        match result:
            case ItemResult():
                record, members = Record(task.digest, rows=result.rows), result.members
            case MachineFailure():
                record = Record("", str(result))
            case ItemError():
                record = Record(task.digest, str(result))
            case error:
                digest = "" if is_of_machine(error) else task.digest
                record = Record(digest, f"{type(error).__name__}: {error}")
        write_archive(task.path, record, members)
        failed += bool(record.error)
    return failed


def _outcome(paths: dict[Job, Path], processed: int) -> Outcome:
    """Read the rows of all archives, or why their items were skipped.

    The values of a record are Python objects, of several times their size in a table, so that they
    are put into tables of some items each.
    """
    failures: list[dict[str, str]] = []
    jobs = list(paths)
    tables = [
        _rows(jobs[start : start + _ITEMS_A_TABLE], paths, failures)
        for start in range(0, max(len(jobs), 1), _ITEMS_A_TABLE)
    ]
    return Outcome(
        # A column may be of numbers in one table and have no value in another
        rows=pd.concat(tables, ignore_index=True).infer_objects(),
        failures=pd.DataFrame(failures, columns=[*KEY, "error"]),
        processed=processed,
    )


def _rows(
    jobs: Sequence[Job], paths: Mapping[Job, Path], failures: list[dict[str, str]]
) -> pd.DataFrame:
    """Read the rows of some archives; append the items that were skipped to `failures`."""
    columns: dict[str, list[Any]] = {name: [] for name in KEY}
    for job in jobs:
        key = dict(zip(KEY, (job.dataset, job.method, job.item), strict=True))
        record = read_record(paths[job])
        if record.error:
            failures.append(key | {"error": record.error})
            continue
        count = len(next(iter(record.rows.values())))
        for name, value in key.items():
            columns[name] += [value] * count
        for name, values in record.rows.items():
            columns.setdefault(name, []).extend(values)
    return pd.DataFrame(columns)


def _too_many(label: str, failures: pd.DataFrame, total: int, allowed: float) -> str:
    lines = [f"{row.method}/{row.item}: {row.error}" for row in failures.itertuples()]
    named = "\n  ".join(["", *first_of(lines)])
    return (
        f"{label}: {len(failures)} of {total} items failed, more than "
        f"max_failed_fraction = {allowed} allows:{named}\n"
        "repair or remove these items, or raise max_failed_fraction in params.yaml"
    )
