"""Find the faces of one item; this code runs in a worker process."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.archive import read_members
from stages.common.items import ItemResult
from stages.common.picture import decode_stored, encode_png
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.common.tables.faces import HASHES
from stages.faces import landmarks
from stages.faces.crop import cut_out, placement
from stages.faces.fingerprint import fingerprint, frames_to_hash
from stages.faces.link import link
from stages.faces.merge import BOX, merge
from stages.faces.params import Crop, FacesParams
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


def faces_of_item(item: ItemInputs, params: FacesParams) -> ItemResult:
    """Merge, track and crop the faces of one item.

    Parameters
    ----------
    item : ItemInputs
        The item's frames and boxes.
    params : FacesParams
        The stage's parameters.

    Returns
    -------
    ItemResult
        All detected faces, as `find_faces` returns them; of those kept, the crops and the landmarks
        in them. ``change`` is that of a track dropped as unchanged, whose faces keep their number;
        else None.

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
    found.loc[unchanged, ["kept", "crop"]] = [False, ""]
    found[[*HASHES, *_LANDMARKS]] = ""
    predictor = landmarks.load_predictor(params.landmarks)
    hashed = frames_to_hash(set(found.loc[found["kept"], "frame"]))
    members: dict[str, bytes] = {}
    for frame, of_frame in found[found["kept"]].groupby("frame"):
        picture = decode_stored(pictures[frame], f"frame {frame}")
        crops = crop_faces(picture, of_frame, params.crop)
        members |= dict(zip(of_frame["crop"], map(encode_png, crops), strict=True))
        if frame in hashed:
            of_picture = fingerprint(picture)
            found.loc[of_frame.index, HASHES] = [(of_picture, fingerprint(crop)) for crop in crops]
        found.loc[of_frame.index, _LANDMARKS] = [
            landmarks.columns(
                *landmarks.locate(picture, box, points, predictor),
                placement(box, points, params.crop)[0],
            )
            for box, points in _boxes_and_points(of_frame)
        ]
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


def crop_faces(frame: np.ndarray, faces: pd.DataFrame, crop: Crop) -> list[np.ndarray]:
    """Crop faces of one frame.

    Parameters
    ----------
    frame : ndarray of uint8, shape (height, width, 3)
        RGB, as stored.
    faces : DataFrame
        Rows of `find_faces`.
    crop : Crop
        How faces are cropped.

    Returns
    -------
    list of ndarray of uint8, shape (side, side, 3)
        RGB, one crop per row.
    """
    return [cut_out(frame, box, points, crop) for box, points in _boxes_and_points(faces)]


def _boxes_and_points(faces: pd.DataFrame) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the box of each face, shape (4,), and its detector's landmarks, shape (5, 2)."""
    points = faces[LANDMARK_COLUMNS].to_numpy(float).reshape(-1, 5, 2)
    yield from zip(faces[BOX].to_numpy(float), points, strict=True)
