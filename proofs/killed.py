"""Show that a pipeline that is killed and rerun ends with the lock of an uninterrupted run.

Command
    ``python -m proofs.killed FOLDER [--kills 100] [--profile tiny]``; called again with the same
    FOLDER, it resumes where it was stopped
Shows
    The whole process tree of ``dvc repro`` is killed repeatedly with SIGKILL: at a random moment of
    one of the next stages, and one time in eight while ``dvc.lock`` is written. The repro after a
    kill is killed in turn, until every stage has finished; then the lock is compared with that of
    an uninterrupted run, and a new chain of kills begins. If a kill leaves one of DVC's own files
    unreadable, so that the next repro refuses to run, ``scripts/repair`` is called, as a user would
    do. It prints the kills by stage, the chains, the repairs, and the time of all repros relative
    to that of as many uninterrupted runs. Exit code 1 if a lock differs.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from proofs.clones import dvc_started, environment, fresh_clone
from stages.common.files import write_whole

_WRITES_LOCK = ("Generating lock file", "Updating lock file")
_RUNS = "Running stage '"
_MAX_PASSED = 1  # stages that may finish before a kill
_AT_LOCK = 1 / 8  # share of kills while dvc.lock is written
_LOCK_SECONDS = 0.2  # time in which such a kill falls


@dataclass
class Progress:
    """The state of the command, saved to FOLDER/progress.json after each repro.

    Attributes
    ----------
    durations : dict of str to float
        Seconds of each stage in the uninterrupted run, including DVC's work after it.
    uninterrupted : float
        Seconds of the uninterrupted run.
    kills : list of str
        The stage hit by each kill.
    at_lock : int
        Number of kills while DVC wrote its lock.
    chains : int
        Number of chains that ended with the lock of the uninterrupted run.
    repaired : list of str
        Messages of the repros that refused to run because a kill had left one of DVC's own files
        unreadable.
    seconds : float
        Total time of all repros, killed or not.
    """

    durations: dict[str, float] = field(default_factory=dict)
    uninterrupted: float = 0.0
    kills: list[str] = field(default_factory=list)
    at_lock: int = 0
    chains: int = 0
    repaired: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        """Write the state to `path` atomically."""
        write_whole(path, json.dumps(asdict(self), indent=1))


class Kill(NamedTuple):
    """The moment at which a run is killed.

    Attributes
    ----------
    passed : int
        Number of stages that the run finishes before.
    share : float
        Position within the next stage, or within the writing of its lock, in [0, 1).
    at_lock : bool
        Whether to kill while that stage is written to ``dvc.lock``.
    """

    passed: int
    share: float
    at_lock: bool

    @classmethod
    def draw(cls, number: int) -> "Kill":
        """Draw the kill with this number, which is the same whenever the command is resumed."""
        draw = random.Random(number)
        return cls(draw.randint(0, _MAX_PASSED), draw.random(), draw.random() < _AT_LOCK)


class Run(NamedTuple):
    """The result of a run of ``dvc repro``.

    Attributes
    ----------
    code : int
        Its exit code.
    starts : dict of str to float
        Start time of each stage that it ran, in seconds.
    seconds : float
        Duration of the run.
    tail : str
        Last lines of its output.
    """

    code: int
    starts: dict[str, float]
    seconds: float
    tail: str

    @property
    def killed(self) -> bool:
        """Whether the run was killed before it ended."""
        return self.code == -signal.SIGKILL


def repro_until(clone: Path, kill: Kill | None, durations: dict[str, float]) -> Run:
    """Run ``dvc repro`` and kill its process tree at a given moment.

    Parameters
    ----------
    clone : Path
        The clone in which to run.
    kill : Kill or None
        When to kill it; None lets the run finish.
    durations : dict of str to float
        Expected seconds of each stage.
    """
    began = time.monotonic()
    process = dvc_started(clone, "repro", as_group=True)
    timer: threading.Timer | None = None
    starts: dict[str, float] = {}
    tail: list[str] = []
    try:
        for line in process.stdout:  # ends with the last process of the tree
            tail = [*tail[-20:], line]
            if line.startswith(_RUNS):
                starts[line.split("'")[1]] = time.monotonic()
            seconds = _seconds_to(kill, line, list(starts), durations) if not timer else None
            if seconds is not None:
                timer = threading.Timer(seconds, os.killpg, [process.pid, signal.SIGKILL])
                timer.start()
        code = process.wait()
    finally:
        if timer:
            timer.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    return Run(code, starts, time.monotonic() - began, "".join(tail))


def _seconds_to(
    kill: Kill | None, line: str, started: list[str], durations: dict[str, float]
) -> float | None:
    """Seconds from this line of DVC's output to the kill; None if the line does not trigger it."""
    if kill is None or len(started) <= kill.passed:
        return None
    if kill.at_lock:
        return kill.share * _LOCK_SECONDS if line.startswith(_WRITES_LOCK) else None
    return kill.share * durations[started[-1]] if line.startswith(_RUNS) else None


def reference(clone: Path, progress: Progress) -> None:
    """Run once without a kill, to get the lock and the duration of each stage.

    Raises
    ------
    RuntimeError
        The run failed.
    """
    run = repro_until(clone, None, {})
    if run.code:
        raise RuntimeError(f"dvc repro failed in {clone}:\n{run.tail}")
    ends = [*list(run.starts.values())[1:], time.monotonic()]
    progress.durations = {
        stage: end - start for (stage, start), end in zip(run.starts.items(), ends, strict=True)
    }
    progress.uninterrupted = run.seconds


def kill_once(victim: Path, wanted: bytes, kill: Kill | None, progress: Progress) -> bool:
    """Run one more repro of a chain; return whether the chain has ended.

    Raises
    ------
    RuntimeError
        The run failed without a kill, even after a repair, or its lock differs from `wanted`.
    """
    run = repro_until(victim, kill, progress.durations)
    progress.seconds += run.seconds
    if run.code > 0:
        subprocess.run(["scripts/repair"], cwd=victim, env=environment(), check=True)
        progress.repaired.append(next(line for line in run.tail.splitlines() if line.strip()))
        print(f"repaired: {progress.repaired[-1]}", flush=True)
        run = repro_until(victim, kill, progress.durations)
        progress.seconds += run.seconds
    if run.code > 0:
        raise RuntimeError(f"dvc repro failed in {victim}:\n{run.tail}")
    if not run.killed:
        if (victim / "dvc.lock").read_bytes() != wanted:
            raise RuntimeError(f"{victim / 'dvc.lock'} is not that of the uninterrupted run")
        progress.chains += 1
        print(f"chain {progress.chains}: the lock is that of an uninterrupted run", flush=True)
        return True
    stage = list(run.starts)[-1]
    progress.kills.append(stage)
    progress.at_lock += kill.at_lock
    print(f"kill {len(progress.kills)}: {stage}{', writing dvc.lock' * kill.at_lock}", flush=True)
    return False


def main() -> None:
    """Run chains of kills until the requested number of kills, and finish the last chain."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--profile", default="tiny")
    args = parser.parse_args()
    for ended_by in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # so that the running repro is stopped, too, even in the background
        signal.signal(ended_by, signal.default_int_handler)
    args.folder.mkdir(parents=True, exist_ok=True)
    kept = args.folder / "progress.json"
    progress = Progress(**json.loads(kept.read_text())) if kept.exists() else Progress()
    once = args.folder / "uninterrupted"
    try:
        if not progress.durations:
            shutil.rmtree(once, ignore_errors=True)
            reference(fresh_clone(once, args.profile), progress)
            progress.save(kept)
        wanted = (once / "dvc.lock").read_bytes()
        while True:
            victim = args.folder / f"chain {progress.chains + 1}"
            more = len(progress.kills) < args.kills
            if not victim.exists():
                if not more:
                    break
                # Clone the uninterrupted run, as later commits may change the pipeline
                shutil.rmtree(args.folder / "part", ignore_errors=True)
                fresh_clone(args.folder / "part", args.profile, source=once).rename(victim)
            kill = Kill.draw(len(progress.kills)) if more else None
            ended = kill_once(victim, wanted, kill, progress)
            progress.save(kept)
            if ended:
                shutil.rmtree(victim)
    except RuntimeError as error:
        sys.exit(f"error: {error}")
    print(f"{len(progress.kills)} kills: {dict(Counter(progress.kills))}")
    print(f"{progress.at_lock} of them as dvc.lock was written")
    print(f"{progress.chains} chains, each with the lock of an uninterrupted run")
    print(f"{len(progress.repaired)} times scripts/repair was needed: {progress.repaired}")
    ratio = progress.seconds / (progress.chains * progress.uninterrupted)
    print(
        f"all repros took {progress.seconds:.0f} s, {ratio:.2f} times as long as "
        f"{progress.chains} uninterrupted ones"
    )


if __name__ == "__main__":
    main()
