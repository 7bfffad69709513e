"""Find the faces of one item; this code runs in a worker process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.archive import read_members
from stages.common.clips import SINGLE_FRAMES, ClipParams
from stages.common.items import ItemResult
from stages.common.picture import decode_stored, encode_png
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.common.tables.faces import HASHES
from stages.faces import landmarks
from stages.faces.clips import boxes_and_points, cut_clips, find_clips, starts
from stages.faces.crop import placement
from stages.faces.fingerprint import fingerprint, frames_to_hash
from stages.faces.link import link
from stages.faces.merge import BOX, merge
from stages.faces.params import FacesParams
from stages.faces.unchanged import unchanged_tracks

_LANDMARKS = ["landmarks", "landmarks_from"]


@dataclass(frozen=True, eq=False)
class ItemInputs:
    """Frames and boxes of one item.

    Attributes
    ----------
    archive : Path
        The item's archive of frames.
    frames : DataFrame
        The item's rows of the frame table.
    detections : mapping of str to DataFrame
        The item's rows of the detection tables, by detector, in the order of ``detectors``.
    original : Path or None
        The archive of frames of the original that a fake is compared with.
    original_frames : mapping of int to int
        By frame of the item, the frame of the original of the same time and size.
    """

    archive: Path
    frames: pd.DataFrame
    detections: Mapping[str, pd.DataFrame]
    original: Path | None = None
    original_frames: Mapping[int, int] = field(default_factory=dict)


def faces_of_item(
    item: ItemInputs, params: FacesParams, clip: ClipParams = SINGLE_FRAMES
) -> ItemResult:
    """Merge, track and crop the faces of one item.

    Parameters
    ----------
    item : ItemInputs
        The item's frames and boxes.
    params : FacesParams
        The stage's parameters.
    clip : ClipParams
        The frames that a crop shows.

    Returns
    -------
    ItemResult
        All detected faces, as `find_faces` returns them; of those kept, the crops and the landmarks
        in them. Of a clip, its first face alone is kept. ``change`` is that of a track dropped as
        unchanged; else None. A face that is dropped for either reason keeps its track.

    Raises
    ------
    ItemError
        A frame cannot be decoded.
    InputError
        The archive cannot be read.
    """
    found = find_faces(item.frames, item.detections, params)
    pictures = _pictures(item.archive)
    change = pd.Series(dtype=float)
    if item.original is not None:
        originals = _pictures(item.original)

        def both(frame: int) -> tuple[np.ndarray, np.ndarray] | None:
            other = item.original_frames.get(frame)
            if other is None:
                return None
            return (
                decode_stored(pictures[frame], f"frame {frame}"),
                decode_stored(originals[other], f"frame {other} of the original"),
            )

        change = unchanged_tracks(found[found["kept"]], both, params.min_change)
    found["change"] = found["track"].map(change)
    unchanged = found["change"].notna()
    clips = find_clips(found[found["kept"] & ~unchanged], clip)
    first = starts(clips)
    found.loc[first.index, [*BOX, *LANDMARK_COLUMNS]] = first[[*BOX, *LANDMARK_COLUMNS]]
    dropped = found["kept"] & ~found.index.isin(first.index)
    found.loc[dropped, ["kept", "crop"]] = [False, ""]
    found[[*HASHES, *_LANDMARKS]] = ""
    predictor = landmarks.load_predictor(params.landmarks)
    hashed = first["frame"].isin(frames_to_hash(set(first["frame"])))
    members: dict[str, bytes] = {}

    def decoded(frame: int) -> np.ndarray:
        return decode_stored(pictures[frame], f"frame {frame}")

    for picture, of_frame, crops in cut_clips(clips, decoded, params.crop, clip):
        begun = starts(of_frame)
        for index, (box, points) in zip(begun.index, boxes_and_points(begun), strict=True):
            located = landmarks.locate(picture, box, points, predictor)
            matrix, _ = placement(box, points, params.crop)
            found.loc[index, _LANDMARKS] = landmarks.columns(*located, matrix)
        if len(to_hash := begun.index[hashed[begun.index]]):
            found.loc[to_hash, "frame_hash"] = fingerprint(picture)
        for index, crop in crops.items():
            members[found.at[index, "crop"]] = encode_png(crop)
            if hashed[index]:
                found.loc[index, "crop_hash"] = fingerprint(crop)
    rows = found.drop(columns=LANDMARK_COLUMNS).astype(object)
    return ItemResult(rows.where(rows.notna(), None).to_dict("list"), members)


def _pictures(archive: Path) -> dict[int, bytes]:
    """Read the encoded frames of an archive by their number."""
    return {int(Path(name).stem): data for name, data in read_members(archive).items()}


def find_faces(
    frames: pd.DataFrame, detections: Mapping[str, pd.DataFrame], params: FacesParams
) -> pd.DataFrame:
    """Merge the boxes of one item into one set of tracked faces.

    Parameters
    ----------
    frames : DataFrame
        ``frame`` and ``time`` of each stored frame.
    detections : mapping of str to DataFrame
        Rows of the detection table, without the item's key, by detector, in the order of
        ``detectors``.
    params : FacesParams
        The stage's parameters.

    Returns
    -------
    DataFrame
        All detected faces: the columns of the face table without the key, the landmarks, and
        ``kept``. A face that is not kept has track -1 and no crop.
    """
    found = merge(detections, params.policy, params.min_iou, params.min_confidence)
    kept = found["kept"].to_numpy(bool)
    stored = frames.sort_values("frame")
    positions = np.searchsorted(stored["frame"], found["frame"])
    boxes = found[BOX].to_numpy(float)
    track = np.full(len(found), -1)
    track[kept] = link(positions[kept], boxes[kept], len(frames), params.tracks)
    crop = [
        f"{frame:06d}_{number:02d}.png" if number >= 0 else ""
        for frame, number in zip(found["frame"], track, strict=True)
    ]
    time = stored["time"].to_numpy()[positions]
    return found.assign(time=time, track=track, kept=track >= 0, crop=crop)
