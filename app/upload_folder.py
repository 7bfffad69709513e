"""A folder for uploads that does not outlive its server, however that ends."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "deepfake-page-uploads-"
_NEW = "new-"


@contextmanager
def upload_folder() -> Iterator[Path]:
    """A new folder, removed at the end; those of servers that were killed are removed first."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # One that is locked has a living server; one of another user's is not ours to touch
        with suppress(OSError), _locked(left):
            if left.stat().st_uid == os.getuid():
                shutil.rmtree(left)
    new = Path(tempfile.mkdtemp(prefix=_NEW + PREFIX))
    # Locked before it has the name by which another server would find and remove it
    with _locked(new):
        folder = new.rename(new.with_name(new.name.removeprefix(_NEW)))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system lets go of it when the process ends."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
