"""Process untrusted files in a separate process, with limits on time and memory.

The process comes from a fork server, which costs about 10 ms; a crash, a hang or excessive use of
memory ends that process only. It cannot write files. It is not a jail: code that takes over the
process has the rights of the user who runs it. Its answer is bounded and is plain data in
MessagePack: a pickle could run code in the caller.
"""

import multiprocessing
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import ceil
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from threading import Timer
from types import ModuleType
from typing import Any, TypeVar

import msgpack

from stages.common.errors import ItemError, MachineFailure
from stages.common.faults import is_of_machine
from stages.common.machine import MACHINE_FILE

MEMORY = 4 * 2**30
"""Address space of the process in bytes, or less where the system's own limit is lower; the
libraries take 1 GiB of it."""

ANSWER = 2**30
"""Maximum size of the process's answer in bytes; a longer one is not read."""

_SLOW_IMPORTS = ["stages.common.decode", "stages.common.params", "stages.common.picture"]

T = TypeVar("T")


def call_apart(function: Callable[..., T], *arguments: Any, seconds: float) -> T:
    """Call a function in a separate process.

    Parameters
    ----------
    function : callable
        A function outside the main module; it and its arguments must be picklable. Its result may
        contain numbers, text, bytes, lists and dictionaries; a tuple comes back as a list.
    *arguments
        Arguments of the function.
    seconds : float
        Time limit in seconds.

    Raises
    ------
    ItemError
        The function raised an error, used too much memory, or crashed.
    MachineFailure
        The call took too long, the process was killed from outside, the machine could not read a
        file, or failed with less memory than `MEMORY`.
    """
    (answer,) = map_apart(function, [arguments], seconds)
    if isinstance(answer, ItemError):
        raise answer
    return answer


def map_apart(
    function: Callable[..., T], calls: Sequence[tuple[Any, ...]], seconds: float
) -> Iterator[T | ItemError]:
    """Call a function several times in a separate process, which saves starting one for each call.

    A call that ends the process costs only itself: another process goes on with the next call. (A
    file that takes the process over could forge the answers to the calls after it.)

    Parameters
    ----------
    function : callable
        As in `call_apart`.
    calls : sequence of tuple
        Arguments of each call.
    seconds : float
        Time limit of each call in seconds.

    Yields
    ------
    result or ItemError
        For each call in order, what `call_apart` would return or raise.
    """
    done = 0
    while done < len(calls):
        for answer in _answers(function, calls[done:], seconds):
            yield answer
            done += 1


def _answers(
    function: Callable[..., T], calls: Sequence[tuple[Any, ...]], seconds: float
) -> Iterator[T | ItemError]:
    """Yield the answers of one process, up to that of the call that ends it."""
    # Dask marks its workers as daemons, which may not have children; the child never outlives us
    multiprocessing.current_process().daemon = False
    context = _context(function.__module__)
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_answer_all, args=(sender, function, calls, ceil(seconds)))
    with receiver:
        with _without_main():
            child.start()
        sender.close()
        try:
            for _ in calls:
                yield _receive(receiver, child, seconds)
                if receiver.closed:
                    return
        finally:
            child.kill()
            child.join()


def _receive(receiver: Connection, child: ForkServerProcess, seconds: float) -> Any:
    """Wait for one answer; if there is none, close the connection and return the reason."""
    deadline, watchdog = time.monotonic() + seconds, Timer(seconds, child.kill)
    watchdog.start()
    try:
        result, error, of_machine, refused = msgpack.unpackb(receiver.recv_bytes(ANSWER))
    except (EOFError, OSError, ValueError, TypeError):
        receiver.close()
        child.join()
        if time.monotonic() >= deadline:
            return MachineFailure(f"took longer than {seconds:g} s")
        return _with_limit(_crash_error(child.exitcode or 0))
    finally:
        watchdog.cancel()
    if refused:
        _warn_once()
    if error is None:
        return result
    return _with_limit(MachineFailure(error) if of_machine else ItemError(error))


@cache
def _warn_once() -> None:
    print(
        "warning: this system refuses limits on processes that decode files (setrlimit): a hostile "
        "file may take any amount of memory or time up to max_seconds",
        file=sys.stderr,
    )


def _with_limit(error: ItemError) -> ItemError:
    """Blame the machine for an error if it allows less memory than `MEMORY`."""
    allowed = _allowed(resource.RLIMIT_AS, MEMORY)
    if allowed == MEMORY:
        return error
    return MachineFailure(
        f"{error} (with {allowed / 2**30:.1f} GiB of memory, the hard limit of `ulimit -Hv` here; "
        f"decoding may need {MEMORY / 2**30:g} GiB)"
    )


def _allowed(limit: int, wanted: int) -> int:
    """Return the value nearest to `wanted` that a limit may be set to."""
    _, hard = resource.getrlimit(limit)
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the main module: each child would import it again, which takes a second per call."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@cache
def _context(module: str) -> ForkServerContext:
    """Return the context whose server, once started, has imported `module` for its children."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*_SLOW_IMPORTS, module])
    return context


def _answer_all(
    sender: Connection,
    function: Callable[..., Any],
    calls: Sequence[tuple[Any, ...]],
    seconds: int,
) -> None:
    """Run in the child: call the function and send each result, or its error."""
    refused = _set_limits(seconds * len(calls))
    for arguments in calls:
        sender.send_bytes(_answer(function, arguments, refused))


def _set_limits(cpu_seconds: int) -> bool:
    """Limit this process as far as the system allows; return whether it refused a limit."""
    refused = False
    for limit, soft, hard in (
        (resource.RLIMIT_AS, MEMORY, MEMORY),
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        try:
            resource.setrlimit(limit, (_allowed(limit, soft), _allowed(limit, hard)))
        except (ValueError, OSError):
            refused = True
    return refused


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...], refused: bool) -> bytes:
    """Call the function; pack its result, or an error and whether the machine caused it."""

    def packed(result: Any, error: str | None = None, of_machine: bool = False) -> bytes:
        return msgpack.packb([result, error, of_machine, refused])

    try:
        answer = packed(function(*arguments))
    except ItemError as error:
        return packed(None, str(error), isinstance(error, MachineFailure))
    except MemoryError:
        allowed = _allowed(resource.RLIMIT_AS, MEMORY)
        return packed(None, f"needs more than {allowed / 2**30:g} GiB of memory")
    except Exception as error:
        return packed(None, f"{type(error).__name__}: {error}", is_of_machine(error))
    if len(answer) > ANSWER:
        return packed(None, f"gives more than {ANSWER / 2**30:g} GiB of pictures")
    return answer


def _crash_error(exitcode: int) -> ItemError:
    name = signal.Signals(-exitcode).name if exitcode < 0 else f"exit code {exitcode}"
    if name in ("SIGKILL", "SIGTERM", "SIGXCPU"):
        return MachineFailure(
            f"its decoder was killed ({name}); if memory ran out, set fewer workers in "
            f"{MACHINE_FILE} or MACHINE_WORKERS"
        )
    return ItemError(f"crashed its decoder ({name})")
