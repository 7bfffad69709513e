"""Turn a clip or picture into tracked face crops with the code of frames, detect and faces."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from app.evidence import sharpness
from app.offline import call_offline
from stages.common.clips import untile
from stages.common.errors import ItemError
from stages.common.params import Section, load
from stages.common.picture import decode_stored, encode_png
from stages.common.tables.detections import LANDMARK_COLUMNS, MISSES, Second
from stages.common.tables.frames import frame_name
from stages.detect.boxes import detect_stored
from stages.detect.params import DetectParams
from stages.detect.sure import sure_frames
from stages.faces.clips import cut_clips, find_clips, starts
from stages.faces.find import find_faces
from stages.faces.params import FacesParams, check_detectors
from stages.frames.params import FramesParams
from stages.frames.picture import SUFFIX
from stages.frames.section import FramesSection
from stages.frames.stored import stored_frames


class NoFace(ItemError):
    """The clip can be read, but the detectors and the policy accept no face in it."""


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing parameters from params.yaml.

    Attributes
    ----------
    frames : FramesParams
        Which frames are read, and the limits on a clip.
    detectors : dict of str to Section
        Parameters of each detector, by name.
    second : {"misses", "always"}
        Which frames the detectors after the first one search.
    faces : FacesParams
        Which faces are kept, and how they are cropped.
    """

    frames: FramesParams
    detectors: dict[str, Section]
    second: Second
    faces: FacesParams


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


def load_preprocessing() -> Preprocessing:
    """Load the preprocessing from params.yaml; it must be the one the models were trained with."""
    detect = load("detect", DetectParams)
    detectors = {name: detect.of(name) for name in load("detectors", list[str])}
    faces = load("faces", FacesParams)
    check_detectors(faces, list(detectors), detect.second)
    return Preprocessing(load("frames", FramesSection), detectors, detect.second, faces)


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
    suffix = SUFFIX[preprocessing.frames.format]
    stored = {
        frame: (frame_name(frame, suffix), picture)
        for frame, picture in zip(frames["frame"], pictures, strict=True)
    }
    detections: dict[str, pd.DataFrame] = {}
    for name, params in preprocessing.detectors.items():
        searched = frames
        if preprocessing.second == MISSES:
            sure = sure_frames(frames, detections, preprocessing.faces.min_confidence)
            searched = frames[~sure]
        to_search = dict(stored[frame] for frame in searched["frame"])
        detections[name] = _detect(to_search, name, params)
    found = find_faces(frames, detections, preprocessing.faces)
    kept = found[found["kept"]].sort_values(["track", "frame"], ignore_index=True)
    if kept.empty:
        raise NoFace(
            f"no face was found in the {len(frames)} frames that were looked at"
            if len(frames) > 1
            else "no face was found"
        )
    faces, crops = _cropped(kept, stored, preprocessing)
    if faces.empty:
        clip = preprocessing.frames.clip
        raise NoFace(
            f"nobody was found in {clip.frames} frames, {clip.stride} apart, without a gap"
        )
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
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


def _detect(pictures: dict[str, bytes], name: str, params: Section) -> pd.DataFrame:
    """Run one detector and return the rows of its detection table."""
    rows = detect_stored(pictures, name, params)
    return pd.DataFrame(rows).astype(float).astype({"frame": int, "face": int})


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
