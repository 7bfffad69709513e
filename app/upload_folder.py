"""A temporary upload folder that is removed even if its server is killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.util import get_temp_dir
from pathlib import Path

PREFIX = "deepfake-page-uploads-"
_NEW = "new-"
_PROCESSES = "processes"
"""A link to the folder of multiprocessing, which removes it unless this process is killed."""


@contextmanager
def upload_folder() -> Iterator[Path]:
    """Create an upload folder and remove it on exit; first remove those of killed servers."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # A locked folder belongs to a running server; a folder of another user must not be touched
        with suppress(OSError), _locked(left):
            if left.stat().st_uid == os.getuid():
                with suppress(OSError):
                    shutil.rmtree((left / _PROCESSES).readlink())
                shutil.rmtree(left)
    new = Path(tempfile.mkdtemp(prefix=_NEW + PREFIX))
    # Lock it before renaming, or another server would find it by its name and remove it
    with _locked(new):
        folder = new.rename(new.with_name(new.name.removeprefix(_NEW)))
        (folder / _PROCESSES).symlink_to(get_temp_dir())
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder; the system releases it when the process ends."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
