"""Killed anywhere, the pipeline ends with the lock of an uninterrupted run.

Command
    ``python -m proofs.killed FOLDER [--kills 100] [--profile tiny]``; it takes hours and goes on
    where it was stopped when it is called again with the same FOLDER
Shows
    SIGKILL to the whole process tree of ``dvc repro``, at a random moment of a random stage that
    has not finished yet. Each repro is itself killed until every stage has finished; then the
    lock is held against that of an uninterrupted run, and a new chain of kills begins. Printed:
    kills by stage, chains, locks that a kill left unreadable (``rm dvc.lock`` mends them), and the
    time of all repros of the chains over that of as many uninterrupted runs. Exit code 1 if a lock
    differs.
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

import yaml

from proofs.clones import fresh_clone


@dataclass
class Progress:
    """What has been done so far; kept in FOLDER/progress.json after each kill.

    Attributes
    ----------
    durations : dict of str to float
        Seconds of each stage of the uninterrupted run.
    kills : list of str
        The stage in which each kill fell.
    chains : int
        Chains that ended with the lock of the uninterrupted run.
    torn_locks : int
        Kills that left ``dvc.lock`` unreadable.
    seconds : float
        Time of all repros, killed or not.
    """

    durations: dict[str, float] = field(default_factory=dict)
    kills: list[str] = field(default_factory=list)
    chains: int = 0
    torn_locks: int = 0
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        """Write to `path`, whole or not at all."""
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        part.replace(path)


def run_until(
    clone: Path, stage: str | None, after: float, on_start: dict[str, float] | None = None
) -> bool:
    """Run ``dvc repro`` and kill its process tree `after` seconds into `stage`.

    Parameters
    ----------
    clone : Path
        Where to run.
    stage : str or None
        The stage to kill in; None lets the run end.
    after : float
        Seconds from that stage's start to the kill.
    on_start : dict of str to float, optional
        Filled with the time at which each stage started.

    Returns
    -------
    bool
        True if the run was killed, False if it ended by itself.

    Raises
    ------
    RuntimeError
        The run failed by itself.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "dvc", "repro"],
        cwd=clone,
        env=os.environ | {"PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # one group with all its children, to be killed together
    )
    timer = threading.Timer(after, os.killpg, [process.pid, signal.SIGKILL])
    tail = []
    for line in process.stdout:
        tail = [*tail[-20:], line]
        if line.startswith("Running stage '"):
            name = line.split("'")[1]
            if on_start is not None:
                on_start[name] = time.monotonic()
            if name == stage:
                timer.start()
    code = process.wait()
    timer.cancel()
    if code == -signal.SIGKILL:
        return True
    if code:
        raise RuntimeError(f"dvc repro failed in {clone}:\n{''.join(tail)}")
    return False


def unfinished(clone: Path, stages: list[str]) -> list[str]:
    """Stages that the clone's lock does not hold yet; an unreadable lock is removed."""
    lock = clone / "dvc.lock"
    if not lock.exists():
        return stages
    finished = (yaml.safe_load(lock.read_text()) or {}).get("stages", {})
    return [stage for stage in stages if stage not in finished]


def _torn(lock: Path) -> bool:
    try:
        return lock.exists() and not isinstance(yaml.safe_load(lock.read_text()), dict)
    except yaml.YAMLError:
        return True


def _reference(folder: Path, profile: str, progress: Progress) -> None:
    """Run once without a kill, to know the lock and how long each stage takes."""
    clone = fresh_clone(folder / "uninterrupted", profile)
    started: dict[str, float] = {}
    run_until(clone, None, 0, started)
    ends = [*list(started.values())[1:], time.monotonic()]
    progress.durations = {
        stage: end - start for (stage, start), end in zip(started.items(), ends, strict=True)
    }


def main() -> None:
    """Kill until the wanted number is reached and the last chain has ended."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--profile", default="tiny")
    words = parser.parse_args()
    words.folder.mkdir(parents=True, exist_ok=True)
    kept = words.folder / "progress.json"
    progress = Progress(**json.loads(kept.read_text())) if kept.exists() else Progress()
    if not progress.durations:
        shutil.rmtree(words.folder / "uninterrupted", ignore_errors=True)
        _reference(words.folder, words.profile, progress)
        progress.save(kept)
    wanted = (words.folder / "uninterrupted" / "dvc.lock").read_bytes()
    victim = words.folder / "killed"
    while len(progress.kills) < words.kills or victim.exists():
        if not victim.exists():
            fresh_clone(victim, words.profile)
        draw = random.Random(len(progress.kills))
        left = unfinished(victim, list(progress.durations))
        stage = draw.choice(left) if left and len(progress.kills) < words.kills else None
        after = draw.uniform(0, progress.durations[stage]) if stage else 0.0
        start = time.monotonic()
        killed = run_until(victim, stage, after)
        progress.seconds += time.monotonic() - start
        if killed:
            progress.kills.append(stage)
            if _torn(victim / "dvc.lock"):
                progress.torn_locks += 1
                (victim / "dvc.lock").unlink()
            print(f"kill {len(progress.kills)}: {after:.1f} s into {stage}", flush=True)
        else:
            if (victim / "dvc.lock").read_bytes() != wanted:
                sys.exit(f"the lock in {victim} differs from {words.folder / 'uninterrupted'}")
            progress.chains += 1
            print(f"chain {progress.chains}: the lock is that of an uninterrupted run", flush=True)
            shutil.rmtree(victim)
        progress.save(kept)
    once = progress.chains * sum(progress.durations.values())
    print(f"{len(progress.kills)} kills: {dict(Counter(progress.kills))}")
    print(f"{progress.chains} chains, each with the lock of an uninterrupted run")
    print(f"{progress.torn_locks} kills left dvc.lock unreadable")
    print(f"the repros took {progress.seconds / once:.2f} times as long as uninterrupted ones")


if __name__ == "__main__":
    main()
