"""Decode an item, detect its faces and crop them, all at once; this runs in a worker process.

Used if ``frames.store`` is false. The frames of an item are stored as the stage `frames` does it,
but in a temporary archive, so that detection and cropping are those of the stages `detect` and
`faces`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from distributed import get_worker

from stages.common.archive import Record, write_archive
from stages.common.items import ItemResult
from stages.common.params import Section
from stages.common.tables.detections import MISSES, Second
from stages.detect.boxes import ToSearch, detect_item
from stages.detect.sure import sure_frames
from stages.faces.find import ItemInputs, faces_of_item
from stages.faces.params import FacesParams
from stages.frames.extract import extract
from stages.frames.params import FramesParams


@dataclass(frozen=True)
class Steps:
    """The parameters of all that is done to an item.

    Attributes
    ----------
    frames : FramesParams
        Which frames are decoded.
    detectors : mapping of str to Section
        Parameters of each detector, in the order of ``detectors``.
    second : {"misses", "always"}
        ``detect.second``.
    faces : FacesParams
        Which faces are kept, and how they are cropped.
    """

    frames: FramesParams
    detectors: Mapping[str, Section]
    second: Second
    faces: FacesParams


def faces_of_media(path: Path, root: Path, steps: Steps) -> ItemResult:
    """Find and crop the faces of a clip or picture.

    Parameters
    ----------
    path : Path
        The clip or picture, or the folder of a video's frames.
    root : Path
        The dataset's folder, which no link may lead out of.
    steps : Steps
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
        frames = _stored(path, root, steps.frames, archive)
        boxes: dict[str, pd.DataFrame] = {}
        for name, params in steps.detectors.items():
            searched = frames["frame"]
            if steps.second == MISSES:
                searched = searched[~sure_frames(frames, boxes, steps.faces.min_confidence)]
            found = detect_item(ToSearch(archive, tuple(searched)), name, params)
            boxes[name] = pd.DataFrame(found.rows).astype(float).astype({"frame": int, "face": int})
        made = faces_of_item(ItemInputs(archive, frames, boxes), steps.faces, steps.frames.clip)
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
