"""Keep in a parent folder of several outs only what params.yaml lists.

DVC has no list of deps, so a stage that reads a variable number of outs depends on their parent
folder. What was once listed would stay there: its reader removes it first.
"""

import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from stages.common.errors import InputError


def drop_unlisted(folder: Path, listed: Collection[str]) -> None:
    """Remove the entries of `folder` whose name (without suffix) is not in `listed`.

    Everything removed is an out that its stage can make again, and DVC's cache keeps it.
    DVC's own ``.gitignore`` stays.

    Raises
    ------
    InputError
        There is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is missing: run `dvc repro`, or `dvc pull` it")
    for entry in sorted(folder.iterdir()):
        if entry.name == ".gitignore" or entry.stem in listed or entry.name in listed:
            continue
        print(f"{entry}: no longer listed in params.yaml, removed", file=sys.stderr)
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
