"""Show that a repeatedly full disk loses no finished work.

Command
    ``python -m proofs.full_disk [--profile tiny] [--target STAGE]``
Shows
    A fresh clone of the committed state lies on a separate in-memory file system with half a
    megabyte of free space. ``dvc repro`` runs, up to STAGE or to the end, until the disk is full;
    then the disk grows a little and it runs again, until it succeeds. Each failure must say that
    the disk is full, without a traceback from the project; if it left one of DVC's own files
    damaged, ``scripts/repair`` is called, as a user would do. The lock must equal that of a clone
    with enough space. Finally, ``data``, ``models``, ``metrics`` and ``plots`` are made read-only,
    and each stage must fail and say so. Otherwise, the errors are printed and the exit code is 1.
    Requires Linux, and root or user namespaces.
"""

import os
import shlex
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from proofs.clones import environment, fresh_clone, profile_and_targets, repro
from proofs.small_disk import GRANTED, SmallDisk

_FIRST_ROOM, _GROWTH, _MAX_SIZE = (
    512,
    1.7,
    8 * 2**20,
)  # kilobytes; the free space grows by this factor
_UNTIL_FILLED = 2**20  # kilobytes, enough for the clone itself
_FULL = ("No space left on device", "database or disk is full")
_OUTS = ("data", "models", "metrics", "plots")


def fill_and_grow(disk: SmallDisk, targets: list[str]) -> tuple[list[str], Counter[str]]:
    """Run the pipeline on a disk that is enlarged whenever it is full.

    Returns
    -------
    errors : list of str
        One sentence per failure that was not reported clearly; the last one says why the pipeline
        did not finish, if it did not.
    stopped : Counter of str
        How often each stage failed because of the full disk, and how often DVC's own files had to
        be repaired.
    """
    problems, stopped, room, repaired = [], Counter(), _FIRST_ROOM, False
    while room < _MAX_SIZE:
        disk.resize(_used(disk.folder) + int(room))
        run = disk.run([sys.executable, "-m", "dvc", "repro", *targets], environment())
        said = run.stdout + run.stderr
        if not run.returncode:
            return problems, stopped
        stage = said.rpartition("Running stage '")[2].partition("'")[0] or "DVC itself"
        if any(args in said for args in _FULL):
            stopped[stage] += 1
            room, repaired = room * _GROWTH, False
            if "Traceback" in said:
                problems.append(f"{stage} ends with a traceback: {said[-2000:]}")
        elif repaired:
            return [
                *problems,
                f"{stage} does not say that the disk is full: {said[-2000:]}",
            ], stopped
        else:
            disk.run(["scripts/repair"], environment())
            stopped["scripts/repair"] += 1
            repaired = True
    return [*problems, f"the pipeline did not end with {_MAX_SIZE} kB"], stopped


def _used(folder: Path) -> int:
    """Used space of the file system in kilobytes."""
    facts = os.statvfs(folder)
    return (facts.f_blocks - facts.f_bfree) * facts.f_frsize // 1024


def unclear_when_protected(disk: SmallDisk, commands: dict[str, str]) -> list[str]:
    """Run each stage's command while the folders of outs are read-only.

    Returns
    -------
    list of str
        One sentence for each stage that does not fail with that reason.
    """
    for name in _OUTS:
        if (disk.folder / name).is_dir():
            disk.protect(name)
    problems = []
    for stage, command in commands.items():
        run = disk.run([sys.executable, *shlex.split(command)[1:]], environment())
        clear = "Read-only file system" in run.stderr and "Traceback" not in run.stderr
        if run.returncode != 1 or not clear:
            problems.append(f"{stage}, not to be written: {run.returncode} {run.stderr[-2000:]}")
    return problems


def commands_of(clone: Path) -> dict[str, str]:
    """Command of each stage that ran, by stage name."""
    stages = yaml.safe_load((clone / "dvc.lock").read_text())["stages"]
    return {name: entry["cmd"] for name, entry in stages.items()}


def main() -> None:
    """Run the pipeline on a growing disk, then with read-only folders."""
    profile, targets = profile_and_targets(__doc__)
    if not GRANTED:
        sys.exit("error: this system does not allow mounting a file system")
    with tempfile.TemporaryDirectory() as temporary:
        with_room = fresh_clone(Path(temporary) / "with room", profile)
        run = repro(with_room, *targets)
        if run.returncode:
            sys.exit(f"the pipeline failed:\n{run.stdout}\n{run.stderr}")
        with SmallDisk(Path(temporary) / "small", kilobytes=_UNTIL_FILLED) as disk:
            disk.fill(fresh_clone(Path(temporary) / "clone", profile))
            problems, stopped = fill_and_grow(disk, targets)
            print(f"full {stopped.total() - stopped['scripts/repair']} times: {dict(stopped)}")
            same = (disk.folder / "dvc.lock").read_bytes() == (with_room / "dvc.lock").read_bytes()
            if not same:
                problems.append("the lock is not the one of a clone with room")
            commands = commands_of(with_room)
            protected = unclear_when_protected(disk, commands)
            clear = len(commands) - len(protected)
            print(f"not to be written: {clear} of {len(commands)} stages say so")
    if problems or protected:
        sys.exit("\n".join(problems + protected))
    print("the lock is the one of a clone with room")


if __name__ == "__main__":
    main()
