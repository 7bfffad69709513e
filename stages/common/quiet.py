"""Keep what libraries print at their start and their end out of a command's own messages."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, TracebackType

INTERRUPTED = 128 + signal.SIGINT
"""Exit code of a command that Ctrl-C ended, as shells count it."""

_START_UP = "^(I[0-9]{4} |WARNING: All log messages before absl::InitializeLog)"


def quiet_libraries() -> None:
    """Hide TensorFlow's notes on the machine, and the traceback of Ctrl-C.

    Call it before Keras or TensorFlow is imported. TensorFlow's errors stay where there is a GPU;
    elsewhere it calls the lack of one an error. What it raises is not touched.
    """
    level = "2" if any(Path("/dev").glob("nvidia[0-9]*")) else "3"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", level)
    if "tensorflow" not in sys.modules and not any(
        isinstance(finder, _QuietTensorFlow) for finder in sys.meta_path
    ):
        sys.meta_path.insert(0, _QuietTensorFlow())
    sys.excepthook = _except_interrupts


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C, as do the processes that are started meanwhile, all their lives.

    The terminal sends it to all processes. Workers that their parent ends have nothing to add.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _except_interrupts(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


class _QuietTensorFlow(MetaPathFinder):
    """Imports TensorFlow, the first time, without the lines that no setting of its own hides."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find TensorFlow alone."""
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec and spec.loader:
            execute = spec.loader.exec_module

            def execute_quietly(module: ModuleType) -> None:
                with _without_start_up():
                    execute(module)

            spec.loader.exec_module = execute_quietly  # type: ignore[method-assign]
        return spec


@contextmanager
def _without_start_up() -> Iterator[None]:
    """Pass standard error through grep, which also passes on what a crash prints last."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        grep = subprocess.Popen(
            ["grep", "--line-buffered", "--text", "-vE", _START_UP],
            stdin=subprocess.PIPE,
            stdout=kept,
            env=os.environ | {"LC_ALL": "C"},
            start_new_session=True,  # Ctrl-C is for this process
        )
    except OSError:  # no grep
        os.close(kept)
        yield
        return
    assert grep.stdin is not None  # because of PIPE
    with grep:
        os.dup2(grep.stdin.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
