"""Extract the frames of one item."""

import sys
from pathlib import Path

from stages.common.files import check_inside
from stages.common.items import ItemResult
from stages.common.sandbox import call_apart
from stages.common.suffixes import frames_in
from stages.common.tables.frames import frame_name
from stages.frames.params import FramesParams
from stages.frames.picture import SUFFIX
from stages.frames.stored import stored_frames


def extract(path: Path, root: Path, params: FramesParams) -> ItemResult:
    """Extract the chosen frames of one item, decoding it in a separate process.

    Parameters
    ----------
    path : Path
        The clip or picture, or the folder of a video's frames.
    root : Path
        The dataset's folder. It may itself be a link, but links in it may not lead out of it.
    params : FramesParams
        The stage's parameters.

    Returns
    -------
    ItemResult
        The item's rows of the frame table, and its encoded frames.

    Raises
    ------
    ItemError
        The item cannot be decoded, or lies outside the dataset.
    MachineFailure
        Decoding took too long.
    """
    for file in frames_in(path).values() if path.is_dir() else [path]:
        check_inside(file, root)
    rows, pictures, remarks = call_apart(stored_frames, path, params, seconds=params.max_seconds)
    for remark in remarks:
        print(f"note: {path} {remark}", file=sys.stderr)
    names = [frame_name(frame, SUFFIX[params.format]) for frame in rows["frame"]]
    return ItemResult(rows, dict(zip(names, pictures, strict=True)))
