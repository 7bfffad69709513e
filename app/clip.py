"""Turn a clip or picture into tracked face crops with the code of frames, detect and faces."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.evidence import sharpness
from app.offline import call_offline
from stages.common.clips import untile
from stages.common.errors import ItemError
from stages.common.params import Section
from stages.common.picture import decode_stored, encode_png
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.common.tables.frames import frame_name
from stages.detect.boxes import detect_stored
from stages.faces.clips import cut_clips, find_clips, starts
from stages.faces.find import find_faces
from stages.faces.preprocessing import Preprocessing
from stages.frames.picture import SUFFIX
from stages.frames.stored import stored_frames


class NoFace(ItemError):
    """The clip can be read, but the detectors and the policy accept no face in it.

    Parameters
    ----------
    message : str
        What was looked for, in vain.
    sha256, frames, remarks
        As in `Clip`.
    """

    def __init__(self, message: str, sha256: str, frames: pd.DataFrame, remarks: list[str]) -> None:
        super().__init__(message)
        self.sha256, self.frames, self.remarks = sha256, frames, remarks


@dataclass(frozen=True)
class Clip:
    """A preprocessed clip or picture, ready to be scored.

    Attributes
    ----------
    name : str
        Name of the file.
    sha256 : str
        Digest of its content.
    frames : DataFrame
        Rows of the frame table, without the key columns.
    faces : DataFrame
        Rows of the face table, without the key columns, sorted by track and frame.
    crops : list of bytes
        The encoded crop of each face.
    sharpness : ndarray of float, shape (n,)
        `app.evidence.sharpness` of each crop.
    seen : dict of int to int
        Number of frames in which each track was found, in a crop or not.
    remarks : list of str
        What a person must know of the file; each begins with a verb.
    """

    name: str
    sha256: str
    frames: pd.DataFrame
    faces: pd.DataFrame
    crops: list[bytes]
    sharpness: np.ndarray
    seen: dict[int, int]
    remarks: list[str] = field(default_factory=list)


def read_clip(path: Path, preprocessing: Preprocessing) -> Clip:
    """Find the faces of a clip or picture.

    Decoding runs in a separate process with limits on time and memory and no network access.

    Raises
    ------
    NoFace
        No frame shows a face.
    ItemError
        The file cannot be decoded, or exceeds a limit.
    """
    rows, pictures, remarks = call_offline(
        stored_frames, path, preprocessing.frames, seconds=preprocessing.frames.max_seconds
    )
    frames = pd.DataFrame(rows)
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    suffix = SUFFIX[preprocessing.frames.format]
    stored = {
        frame: (frame_name(frame, suffix), picture)
        for frame, picture in zip(frames["frame"], pictures, strict=True)
    }

    def detect(searched: tuple[int, ...], name: str, params: Section) -> dict[str, list[Any]]:
        return detect_stored(dict(stored[frame] for frame in searched), name, params)

    detections = preprocessing.boxes_of(frames, detect)
    found = find_faces(frames, detections, preprocessing.faces)
    kept = found[found["kept"]].sort_values(["track", "frame"], ignore_index=True)
    if kept.empty:
        raise NoFace(
            f"no face was found in the {len(frames)} frames that were looked at"
            if len(frames) > 1
            else "no face was found",
            sha256,
            frames,
            remarks,
        )
    faces, crops = _cropped(kept, stored, preprocessing)
    if faces.empty:
        clip = preprocessing.frames.clip
        raise NoFace(
            f"nobody was found in {clip.frames} frames, {clip.stride} apart, without a gap",
            sha256,
            frames,
            remarks,
        )
    seen = kept["track"].value_counts().to_dict()
    sharpness_of = _sharpness(crops, preprocessing)
    return Clip(path.name, sha256, frames, faces, crops, sharpness_of, seen, remarks)


def _sharpness(crops: list[bytes], preprocessing: Preprocessing) -> np.ndarray:
    side = preprocessing.frames.clip.side
    return np.array(
        [
            np.median([sharpness(frame) for frame in untile(decode_stored(crop), side)])
            for crop in crops
        ]
    )


def _cropped(
    faces: pd.DataFrame, stored: dict[int, tuple[str, bytes]], preprocessing: Preprocessing
) -> tuple[pd.DataFrame, list[bytes]]:
    """Return the rows of faces that have a crop, or begin a clip, and their encoded crops."""
    clip = preprocessing.frames.clip

    def decoded(frame: int) -> np.ndarray:
        name, picture = stored[frame]
        return decode_stored(picture, f"frame {name}")

    clips = find_clips(faces, clip)
    crops = {
        row: encode_png(crop)
        for _, _, cut in cut_clips(clips, decoded, preprocessing.faces.crop, clip)
        for row, crop in cut.items()
    }
    begun = starts(clips).sort_index()
    kept = begun.drop(columns=[*LANDMARK_COLUMNS, "clip"]).reset_index(drop=True)
    return kept, [crops[row] for row in begun.index]
