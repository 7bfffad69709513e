"""A small in-memory file system, visible only in its own mount namespace."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# Starts a new mount namespace; for users other than root, in a new user namespace that maps to root
_UNSHARE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def _granted() -> bool:
    if sys.platform != "linux":
        return False
    try:
        probe = [*_UNSHARE, "mount", "-t", "tmpfs", "-o", "size=64k", "probe", "/mnt"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


GRANTED = _granted()
"""Whether mounting is possible: on Linux as root, or where user namespaces are allowed."""


class SmallDisk:
    """A tmpfs in its own mount namespace, which exists as long as the context.

    Parameters
    ----------
    folder : Path
        Mount point inside the namespace; it is created if missing.
    kilobytes : int
        Size of the file system.
    """

    def __init__(self, folder: Path, kilobytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._mounted = folder.resolve()
        self._size = kilobytes

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            [
                *_UNSHARE,
                "sh",
                "-c",
                f"mount -t tmpfs -o size={self._size}k small '{self._mounted}'"
                " && echo mounted && exec cat",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._holder.stdout.readline() != "mounted\n":
            raise OSError(f"no file system can be mounted at {self._mounted}")
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.communicate()

    def fill(self, folder: Path) -> None:
        """Copy the contents of `folder` to the file system."""
        shutil.copytree(folder, self.folder, symlinks=True, dirs_exist_ok=True)

    @property
    def folder(self) -> Path:
        """Root of the file system seen from outside; usable in paths, not as a current folder."""
        return Path(f"/proc/{self._holder.pid}/root{self._mounted}")

    def run(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the root of the file system, inside the namespace."""
        return subprocess.run(
            [*self._inside(), "sh", "-c", 'cd "$0" && exec "$@"', str(self._mounted), *command],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def resize(self, kilobytes: int) -> None:
        """Change the size of the file system."""
        self._mount("-o", f"remount,size={kilobytes}k", str(self._mounted))

    def protect(self, name: str) -> None:
        """Make the folder `name` read-only."""
        path = str(self._mounted / name)
        self._mount("--bind", path, path)
        self._mount("-o", "remount,ro,bind", path)

    def _mount(self, *args: str) -> None:
        subprocess.run([*self._inside(), "mount", *args], check=True, capture_output=True)

    def _inside(self) -> list[str]:
        kinds = ["--mount", *([] if os.geteuid() == 0 else ["--user", "--preserve-credentials"])]
        return ["nsenter", f"--target={self._holder.pid}", *kinds]
