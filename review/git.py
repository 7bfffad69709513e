"""Run git, with an error of one line where it refuses."""

import subprocess
from pathlib import Path

from stages.common.errors import InputError


def git(*args: str, folder: Path = Path()) -> str:
    """Run a git command in a folder and return its output.

    Raises
    ------
    InputError
        git failed; the message is git's own, and for a repository of another user says what to do.
    """
    done = subprocess.run(
        ["git", "-C", str(folder), *args], capture_output=True, text=True, check=False
    )
    if not done.returncode:
        return done.stdout
    if "dubious ownership" in done.stderr:
        raise InputError(
            f"git does not read {folder.resolve()}, which belongs to another user; "
            f"if you trust it: git config --global --add safe.directory {folder.resolve()}"
        )
    reason = next((line for line in done.stderr.splitlines() if line), f"exit {done.returncode}")
    raise InputError(f"git {args[0]}: {reason}")
