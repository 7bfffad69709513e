"""A file system of a few kilobytes in memory, which nobody else sees."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# A mount namespace of its own; who is not root becomes it in a user namespace
_APART = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def _granted() -> bool:
    if sys.platform != "linux":
        return False
    try:
        probe = [*_APART, "mount", "-t", "tmpfs", "-o", "size=64k", "probe", "/mnt"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


GRANTED = _granted()
"""Whether one can be mounted: on Linux by root, or where user namespaces are allowed."""


class SmallDisk:
    """A tmpfs in a mount namespace of its own, which lives as long as the context.

    Parameters
    ----------
    folder : Path
        Where it is mounted, inside the namespace; it is made.
    kilobytes : int
        Its size.
    """

    def __init__(self, folder: Path, kilobytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._mounted = folder.resolve()
        self._size = kilobytes

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            [
                *_APART,
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
        """Copy all that `folder` holds."""
        shutil.copytree(folder, self.folder, symlinks=True, dirs_exist_ok=True)

    @property
    def folder(self) -> Path:
        """The file system's top from outside: for paths, not as the current folder."""
        return Path(f"/proc/{self._holder.pid}/root{self._mounted}")

    def run(
        self, command: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder, inside the namespace."""
        return subprocess.run(
            [*self._inside(), "sh", "-c", 'cd "$0" && exec "$@"', str(self._mounted), *command],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def resize(self, kilobytes: int) -> None:
        """Give the file system another size."""
        self._mount("-o", f"remount,size={kilobytes}k", str(self._mounted))

    def protect(self, name: str) -> None:
        """Let nobody write below the folder `name`."""
        path = str(self._mounted / name)
        self._mount("--bind", path, path)
        self._mount("-o", "remount,ro,bind", path)

    def _mount(self, *args: str) -> None:
        subprocess.run([*self._inside(), "mount", *args], check=True, capture_output=True)

    def _inside(self) -> list[str]:
        kinds = ["--mount", *([] if os.geteuid() == 0 else ["--user", "--preserve-credentials"])]
        return ["nsenter", f"--target={self._holder.pid}", *kinds]
