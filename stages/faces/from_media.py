"""Decode an item, detect its faces and crop them, all at once; this runs in a worker process.

Used if ``frames.store`` is false. The frames of an item are stored as the stage `frames` does it,
but in a temporary archive, so that detection and cropping are those of the stages `detect` and
`faces`.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from distributed import get_worker

from stages.common.archive import Record, write_archive
from stages.common.items import ItemResult
from stages.common.params import Section
from stages.detect.boxes import ToSearch, detect_item
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.preprocessing import Preprocessing
from stages.frames.extract import extract
from stages.frames.params import FramesParams


def faces_of_media(path: Path, root: Path, preprocessing: Preprocessing) -> ItemResult:
    """Find and crop the faces of a clip or picture.

    Parameters
    ----------
    path : Path
        The clip or picture, or the folder of a video's frames.
    root : Path
        The dataset's folder, which no link may lead out of.
    preprocessing : Preprocessing
        All parameters.

    Returns
    -------
    ItemResult
        The rows and crops that `stages.faces.find.faces_of_item` returns, and for each frame
        without a face a row whose ``seen_by`` is empty.

    Raises
    ------
    ItemError
        The item cannot be decoded.
    InputError
        A detector's weights cannot be read.
    """
    with TemporaryDirectory(dir=_scratch()) as folder:
        archive = Path(folder) / "frames.zip"
        frames = _stored(path, root, preprocessing.frames, archive)

        def detect(searched: tuple[int, ...], name: str, params: Section) -> dict[str, list[Any]]:
            return detect_item(ToSearch(archive, searched), name, params).rows

        boxes = preprocessing.boxes_of(frames, detect)
        made = faces_of_item(
            ItemInputs(archive, frames, boxes), preprocessing.faces, preprocessing.frames.clip
        )
    return ItemResult(_with_every_frame(made.rows, frames), made.members)


def _scratch() -> str | None:
    """Return the worker's own folder, which Dask clears even after a kill; elsewhere None."""
    try:
        return get_worker().local_directory
    except ValueError:
        return None


def _stored(path: Path, root: Path, params: FramesParams, archive: Path) -> pd.DataFrame:
    """Write the frames of an item to an archive, and return its rows of the frame table."""
    made = extract(path, root, params)
    write_archive(archive, Record("", rows=made.rows), made.members)
    rows = pd.DataFrame(made.rows)
    # As the frame table, whose floats have six decimals, would give them back
    return rows.assign(time=[float(f"{time:.6f}") for time in rows["time"]])


def _with_every_frame(rows: dict[str, list[Any]], frames: pd.DataFrame) -> dict[str, list[Any]]:
    """Add a row for each frame without a face, so that frames can be counted."""
    empty = frames[~frames["frame"].isin(rows["frame"])]
    nothing = {"kept": False, "track": -1, "crop": "", "seen_by": ""}
    for frame, time in zip(empty["frame"].tolist(), empty["time"].tolist(), strict=True):
        row = nothing | {"frame": frame, "time": time}
        for name, values in rows.items():
            values.append(row.get(name))
    return rows
