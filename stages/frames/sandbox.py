"""Process an untrusted file in a separate process, with limits on time and memory.

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from math import ceil
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from threading import Timer
from types import ModuleType
from typing import Any, TypeVar

import msgpack

from stages.common.errors import ItemError, MachineFailure

MEMORY = 4 * 2**30
"""Address space of the process in bytes; the libraries take 1 GiB of it."""

ANSWER = 2**30
"""Maximum size of the process's answer in bytes; a longer one is not read."""

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
        The call took too long, or the process was killed from outside.
    """
    # Dask marks its workers as daemons, which may not have children; the child never outlives us
    multiprocessing.current_process().daemon = False
    receiver, sender = _context().Pipe(duplex=False)
    child = _context().Process(target=_answer, args=(sender, function, arguments, ceil(seconds)))
    deadline, watchdog = time.monotonic() + seconds, Timer(seconds, child.kill)
    with receiver:
        with _without_main():
            child.start()
        sender.close()
        watchdog.start()
        try:
            result, error = msgpack.unpackb(receiver.recv_bytes(ANSWER))
        except (EOFError, OSError, ValueError, TypeError):
            receiver.close()
            child.join()
            if time.monotonic() >= deadline:
                raise MachineFailure(f"took longer than {seconds:g} s") from None
            raise _crash_error(child.exitcode or 0) from None
        finally:
            watchdog.cancel()
            child.kill()
            child.join()
    if error is not None:
        raise ItemError(error)
    return result


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
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["stages.frames.stored"])
    return context


def _answer(
    sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: int
) -> None:
    """Run in the child: call the function and send its result, or its error."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = msgpack.packb([function(*arguments), None])
    except ItemError as error:
        answer = msgpack.packb([None, str(error)])
    except MemoryError:
        answer = msgpack.packb([None, f"needs more than {MEMORY / 2**30:g} GiB of memory"])
    except Exception as error:
        answer = msgpack.packb([None, f"{type(error).__name__}: {error}"])
    if len(answer) > ANSWER:
        answer = msgpack.packb([None, f"gives more than {ANSWER / 2**30:g} GiB of pictures"])
    sender.send_bytes(answer)


def _crash_error(exitcode: int) -> ItemError:
    name = signal.Signals(-exitcode).name if exitcode < 0 else f"exit code {exitcode}"
    if name in ("SIGKILL", "SIGTERM", "SIGXCPU"):
        return MachineFailure(f"its decoder was killed ({name})")
    return ItemError(f"crashed its decoder ({name})")
