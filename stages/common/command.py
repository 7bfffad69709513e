"""Run a stage from the command line: `python -m stages.<stage> ARG…`."""

import argparse
import errno
import fcntl
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stages.common.code import recorded_code
from stages.common.errors import PipelineError
from stages.common.quiet import INTERRUPTED, quiet_libraries

quiet_libraries()  # before a stage imports Keras

LOCKS = Path(".work/locks")
_DISK_ERRORS = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    *(errno.EROFS, errno.EACCES, errno.EPERM),
}


def run_stage(main: Callable[..., None]) -> None:
    """Call `main` with the command-line arguments, one for each of its parameters.

    The module's docstring is the help text. A `PipelineError`, or a disk that is full or not
    writable, becomes one message and exit code 1; Ctrl-C becomes one line and exit code 130. A lock
    outside the stage's outs prevents two processes from running the same stage: if a child outlived
    a killed ``dvc repro``, this process waits until it has finished.

    Parameters
    ----------
    main : callable
        The stage's function; its parameters are strings, and those with a default are optional.
    """
    module = sys.modules[main.__module__]
    assert module.__spec__ is not None  # run with `python -m`
    name = module.__spec__.parent or ""
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for parameter in inspect.signature(main).parameters.values():
        if parameter.default is inspect.Parameter.empty:
            parser.add_argument(parameter.name)
        else:
            parser.add_argument(parameter.name, nargs="?", default=parameter.default)
    args = vars(parser.parse_args())
    # Processes that train one network together (stages.train.backend) must not wait for each other
    number = os.environ.get("KERAS_DISTRIBUTION_PROCESS_ID", "")
    label = "-".join(filter(None, [name, *args.values(), number])).replace("/", "-")
    package, _, stage = name.rpartition(".")
    try:
        with _alone(label):
            if package == "stages" and stage != "code":
                recorded_code(stage)
            main(**args)
    except KeyboardInterrupt:
        print(f"{label}: interrupted; what was finished is kept", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except PipelineError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        sys.exit(
            f"error: {error} (at work in {Path.cwd()}); fix that and run again: what was finished "
            "is kept"
        )


@contextmanager
def _alone(label: str) -> Iterator[None]:
    """Hold the lock of the stage `label`, after waiting for any other process that runs it."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / f"{label}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{label}: waiting for another process that runs this stage", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
