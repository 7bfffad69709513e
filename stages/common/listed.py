"""Remove the outs that params.yaml no longer lists from their parent folder.

DVC cannot declare a variable number of deps, so a stage that reads several outs depends on their
parent folder. Outs that were listed earlier would stay there; the stage that reads them removes
them first.
"""

import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from stages.common.errors import InputError


def drop_unlisted(folder: Path, listed: Collection[str]) -> None:
    """Remove the entries of `folder` whose name (without suffix) is not in `listed`.

    Nothing is lost: each entry is an out that its stage can recreate, and DVC's cache keeps it.
    DVC's own ``.gitignore`` is not removed.

    Raises
    ------
    InputError
        `folder` does not exist.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is missing: run `dvc repro`, or `dvc pull` it")
    for entry in sorted(folder.iterdir()):
        if entry.name == ".gitignore" or entry.stem in listed or entry.name in listed:
            continue
        print(f"{entry}: no longer listed in params.yaml, removed", file=sys.stderr)
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
