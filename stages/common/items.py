"""Process many items in parallel, incrementally and resumably, into one archive each.

A folder of archives is a function of its inputs: an archive whose digest matches is kept, any
other is made again, and what is no longer asked for is removed, however often the run was
interrupted. So a stage declares it with ``persist: true``.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
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
from stages.common.machine import this_machine
from stages.common.progress import progress
from stages.common.table import KEY

_IN_FLIGHT_A_THREAD = 2


@dataclass(frozen=True)
class Job:
    """One item on its way through a stage.

    Attributes
    ----------
    dataset, method, items : str
        The item's key.
    content : str
        Digest of the bytes that the work reads.
    task : object
        What the work is called with; it must be picklable and follow from `content` and the key.
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
class Outcome:
    """The result of a run over all items.

    Attributes
    ----------
    rows : DataFrame
        Rows of all items, with their key.
    failures : DataFrame
        Items skipped: key and ``error``.
    worked : int
        Items that were worked on; the others were kept.
    """

    rows: pd.DataFrame
    failures: pd.DataFrame
    worked: int


def run_items(
    work: Callable[[Any], ItemResult],
    jobs: Sequence[Job],
    folder: Path,
    recipe: dict[str, Any],
    code: Mapping[str, str],
    label: str,
    max_failed_fraction: float,
    on_gpu: bool = False,
) -> Outcome:
    """Bring `folder` up to date with `jobs` and return its table.

    Parameters
    ----------
    work : callable
        Function of a module (or a `functools.partial` of one) that turns a job's task into a
        `Made`, in a worker process. A `ItemError`, or any error of a library, sets the item
        aside.
    jobs : sequence of Job
        Every item that `folder` shall hold.
    folder : Path
        The stage's persisted out.
    recipe : dict
        Parameters, and under ``versions`` the libraries, that change bytes, as JSON.
    code : mapping of str to str
        Digest of each file of code that changes bytes, from `stages.common.code.code_of`.
    label : str
        Name of the run in the progress bar.
    max_failed_fraction : float
        Share of items, in [0, 1], beyond which failures end the stage.
    on_gpu : bool
        The work takes a GPU where the machine has one, and may run in threads of one process.

    Returns
    -------
    Outcome
        The same whether items were kept or made again.

    Raises
    ------
    TooManyFailures
        With the first ten items that failed and why. What was made is kept.
    InputError
        An archive cannot be written.
    """
    paths = {job: item_path(folder, job.method, job.item) for job in jobs}
    digests = _digests(jobs, recipe, code)
    records = {job: _record_of(paths[job]) for job in jobs}
    todo = [job for job in jobs if records[job].digest != digests[job]]
    _remove_all_but(set(paths.values()), folder)
    if todo:
        kept = len(jobs) - len(todo)
        print(f"{label}: {len(todo)} to work on, {kept} kept", file=sys.stderr)
        calls = {job: (_make, work, job.task, paths[job], digests[job]) for job in todo}
        with cluster(this_machine(), len(todo), recipe["versions"], on_gpu) as client:
            _work_on(client, calls, paths, label)
        records |= {job: read_record(paths[job]) for job in todo}
    outcome = _outcome(records, len(todo))
    if len(outcome.failures) > max_failed_fraction * len(jobs):
        raise TooManyFailures(_too_many(label, outcome.failures, len(jobs), max_failed_fraction))
    return outcome


def _digests(
    jobs: Sequence[Job], recipe: dict[str, Any], code: Mapping[str, str]
) -> dict[Job, str]:
    made_by = json.dumps([recipe, code], sort_keys=True)
    return {job: hashlib.sha256(f"{job.content}\n{made_by}".encode()).hexdigest() for job in jobs}


def _record_of(path: Path) -> Record:
    """Read the record of an archive; an empty one, which matches no digest, if it is unreadable."""
    try:
        return read_record(path)
    except InputError:
        return Record("")


def _remove_all_but(expected: set[Path], folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in expected:
            path.unlink()


def _work_on(
    client: Client, calls: dict[Job, tuple[Any, ...]], paths: dict[Job, Path], label: str
) -> None:
    """Make the archives of all jobs.

    All items that were with a worker when it died are under suspicion. Each of them is tried
    again with nothing else in the cluster, so that only the one that kills is skipped.
    """
    suspects = []
    failed = 0
    with progress(label, len(calls)) as bar:

        def done(succeeded: bool) -> None:
            nonlocal failed
            failed += not succeeded
            bar.set_postfix(failed=failed, refresh=False)
            bar.update()

        for job, future in _run(client, calls):
            if _killed(job, future, paths):
                suspects.append(job)
            else:
                done(future.result())
        for suspect in suspects:
            for job, future in _run(client, {suspect: calls[suspect]}):
                killed = _killed(job, future, paths)
                if killed:
                    write_archive(paths[job], Record("", "killed each worker that took it"), {})
                done(not killed and future.result())


def _run(client: Client, calls: dict[Job, tuple[Any, ...]]) -> Iterator[tuple[Job, Future]]:
    """Submit calls, a few per thread at a time, and yield each future as it completes."""

    def submit(job: Job) -> Future:
        future = client.submit(*calls[job], pure=False)
        submitted[future.key] = job
        return future

    submitted: dict[str, Job] = {}
    queue = iter(calls)
    window = _IN_FLIGHT_A_THREAD * max(1, sum(client.nthreads().values()))
    running = as_completed([submit(job) for job in islice(queue, window)])
    for future in running:
        yield submitted.pop(future.key), future
        for following in islice(queue, 1):
            running.add(submit(following))


def _killed(job: Job, future: Future, paths: dict[Job, Path]) -> bool:
    """Return whether the job's worker died; raise a user's mistake or an unwritable archive."""
    error = future.exception()
    if error is None:
        return False
    if isinstance(error, KilledWorker):
        return True
    if isinstance(error, PipelineError):
        raise error
    raise InputError(f"{paths[job]} cannot be written: {error}") from error


def _make(work: Callable[[Any], ItemResult], task: Any, path: Path, digest: str) -> bool:
    """Process one item in a worker and write its archive; return whether it succeeded."""
    members: Mapping[str, bytes] = {}
    try:
        made = work(task)
    except PipelineError:  # no item is to blame
        raise
    except MachineFailure as error:
        record = Record("", str(error))
    except ItemError as error:
        record = Record(digest, str(error))
    except Exception as error:  # a library's error on one item must not lose the others
        record = Record(digest, f"{type(error).__name__}: {error}")
    else:
        record, members = Record(digest, rows=made.rows), made.members
    write_archive(path, record, members)
    return not record.error


def _outcome(records: dict[Job, Record], worked: int) -> Outcome:
    columns: dict[str, list[Any]] = {name: [] for name in KEY}
    failures = []
    for job, record in records.items():
        key = dict(zip(KEY, (job.dataset, job.method, job.item), strict=True))
        if record.error:
            failures.append(key | {"error": record.error})
            continue
        count = len(next(iter(record.rows.values())))
        for name, value in key.items():
            columns[name] += [value] * count
        for name, values in record.rows.items():
            columns.setdefault(name, []).extend(values)
    return Outcome(
        rows=pd.DataFrame(columns),
        failures=pd.DataFrame(failures, columns=[*KEY, "error"]),
        worked=worked,
    )


def _too_many(label: str, failures: pd.DataFrame, total: int, allowed: float) -> str:
    lines = [f"{row.method}/{row.item}: {row.error}" for row in failures.itertuples()]
    named = "\n  ".join(["", *first_of(lines)])
    return (
        f"{label}: {len(failures)} of {total} items failed, more than "
        f"max_failed_fraction = {allowed} allows:{named}\n"
        "repair or remove these items, or raise max_failed_fraction in params.yaml"
    )
