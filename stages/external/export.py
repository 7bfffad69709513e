"""Write the faces of splits as picture files, so that another program can score them.

Command
    ``python -m stages.external.export SPLIT [SPLIT …] FOLDER``, such as ``val test unseen faces``
Reads
    the split tables, the crops in ``data/faces``
Writes
    ``FOLDER/<dataset>/<method>/<item>/<frame>_<track>.png`` (or ``.jpg``), as the pipeline stores
    them, and at the end ``FOLDER/list.csv`` with the columns split, dataset, method, item, frame,
    track, label and path (relative to FOLDER). FOLDER must be new or empty

Add a column ``score`` to the list and name it in ``scores`` of params.yaml: docs/evaluation.md.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from stages.common import table
from stages.common.archive import read_members
from stages.common.errors import InputError, PipelineError
from stages.common.files import write_whole
from stages.common.progress import progress
from stages.common.table import KEY
from stages.common.tables.faces import FACES_ROOT
from stages.common.tables.splits import SPLIT, SPLIT_NAMES, split_path

LIST = "list.csv"

_COLUMNS = ["split", *KEY, "frame", "track", "label", "path"]


def export(splits: list[str], folder: Path) -> int:
    """Write the faces of `splits` and their list, and return how many there are.

    Raises
    ------
    InputError
        `folder` holds something already, or a split table or an archive cannot be read.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists and is not empty: name a new folder, or remove it")
    tables = [table.read(split_path(split), SPLIT).assign(split=split) for split in splits]
    faces = pd.concat(tables, ignore_index=True)
    item = faces["dataset"] + "/" + faces["method"] + "/" + faces["item"]
    faces["path"] = item + "/" + faces["crop"]
    with progress("export", faces["archive"].nunique()) as bar:
        for archive, rows in faces.groupby("archive"):
            members = read_members(FACES_ROOT / archive, rows["crop"].tolist())
            for path, picture in zip(rows["path"], members.values(), strict=True):
                write_whole(folder / path, picture)
            bar.update()
    write_whole(folder / LIST, faces[_COLUMNS].to_csv(index=False, lineterminator="\n"))
    return len(faces)


def main(args: list[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m stages.external.export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("splits", nargs="+", metavar="SPLIT", choices=SPLIT_NAMES)
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    options = parser.parse_args(args)
    try:
        faces = export(list(dict.fromkeys(options.splits)), options.folder)
    except (PipelineError, OSError) as error:
        sys.exit(f"error: {error}")
    print(f"{options.folder / LIST}: {faces} faces")


if __name__ == "__main__":
    main()
