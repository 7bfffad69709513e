"""What a later detector adds where it searches all frames, or only those the first was not sure of.

Command
    ``python -m bench.second FOLDER …``
Reads
    all videos below the folders, with the parameters of ``profiles/default.yaml``, 8 frames each
Shows
    the faces that MTCNN and dlib found together with ``detect.second: always``, the share of them
    that is found again with ``misses``, and the CPU seconds of each detector; then the tracks of
    more than one person, each with its size over that of the item's largest, and how many tracks
    and faces each ``faces.tracks.min_size`` keeps
"""

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.errors import ItemError
from stages.common.params import check
from stages.common.picture import decode_stored
from stages.detect.boxes import detection_rows
from stages.detect.detector import Detections, Detector, load_detector
from stages.detect.params import DetectParams
from stages.detect.sure import sure_frames
from stages.faces.find import find_faces
from stages.faces.merge import same_faces
from stages.faces.params import FacesParams
from stages.frames.section import FramesSection
from stages.frames.stored import stored_frames
from stages.profiles import profile

_FRAMES = 8
_FIRST, _SECOND = "mtcnn", "dlib"
_VIDEOS = {".mp4", ".mov", ".avi", ".mkv", ".webm"}
_MIN_SIZES = (0.0, 0.4, 0.5, 1.0)


def main(folders: list[str]) -> None:
    """Search the clips of all folders, and print the tables."""
    values = profile()
    detect = check(values["detect"], DetectParams, "detect")
    faces = check(values["faces"], FacesParams, "faces")
    frames_params = check(values["frames"] | {"max_frames": _FRAMES}, FramesSection, "frames")
    detectors = {name: load_detector(name, detect.of(name)) for name in (_FIRST, _SECOND)}
    for detector in detectors.values():
        detector([np.zeros((480, 640, 3), np.uint8)])  # builds the networks

    total: Counter[str] = Counter()
    kept: Counter[tuple[float, str]] = Counter()
    paths = [path for folder in folders for path in sorted(Path(folder).rglob("*"))]
    for path in paths:
        if path.suffix.lower() not in _VIDEOS:
            continue
        try:
            rows, pictures, _ = stored_frames(path, frames_params)
        except ItemError as error:
            print(f"{path}: {error}")
            continue
        frames, decoded = pd.DataFrame(rows), [decode_stored(picture) for picture in pictures]
        first, first_seconds = timed(detectors[_FIRST], decoded)
        each = [timed(detectors[_SECOND], [frame]) for frame in decoded]
        seconds = np.array([spent for _, spent in each])
        found = {
            _FIRST: table(rows["frame"], first),
            _SECOND: table(rows["frame"], [of_frame for (of_frame,), _ in each]),
        }
        searched = ~sure_frames(frames, {_FIRST: found[_FIRST]}, faces.min_confidence)
        second = found[_SECOND]
        fewer = second[second["frame"].isin(frames["frame"][searched])]
        always = find_faces(frames, found, with_min_size(faces, 0.0))
        misses = find_faces(frames, found | {_SECOND: fewer}, with_min_size(faces, 0.0))
        again = same_faces(always, misses, faces.min_iou)
        total.update(
            clips=1,
            frames=len(frames),
            searched=int(searched.sum()),
            faces=len(always),
            again=len(again),
            first=first_seconds,
            second=seconds.sum(),
            second_of_searched=seconds[searched].sum(),
        )
        name = "/".join(path.parts[-4:])
        for min_size in _MIN_SIZES:
            of_item = find_faces(frames, found, with_min_size(faces, min_size))
            of_item = of_item[of_item["kept"]]
            kept.update({(min_size, "tracks"): of_item["track"].nunique()})
            kept.update({(min_size, "faces"): len(of_item)})
            if min_size == 0 and of_item["track"].nunique() > 1:
                sizes = of_item.groupby("track")["width"].median()
                shares = ", ".join(f"{share:.2f}" for share in sizes / sizes.max())
                print(f"{name}: sizes of its tracks {shares}")
    report(total, kept)


def timed(detector: Detector, frames: list[np.ndarray]) -> tuple[list[Detections], float]:
    """Faces of each frame, and the CPU seconds of all threads that they took."""
    begun = time.process_time()
    found = detector(frames)
    return found, time.process_time() - begun


def table(numbers: list[int], found: list[Detections]) -> pd.DataFrame:
    """Rows of the detection table, without the key."""
    rows = pd.DataFrame(detection_rows(zip(numbers, found, strict=True)))
    return rows.astype(float).astype({"frame": int, "face": int})


def with_min_size(params: FacesParams, min_size: float) -> FacesParams:
    """Change ``faces.tracks.min_size``."""
    tracks = params.tracks.model_copy(update={"min_size": min_size})
    return params.model_copy(update={"tracks": tracks})


def report(total: Counter[str], kept: Counter[tuple[float, str]]) -> None:
    """Print what both detectors found and took, and what each size keeps."""
    print(f"{total['clips']} clips, {total['frames']} frames, {total['faces']} faces (union)")
    print(
        f"always: {_FIRST} {total['first']:.1f} CPU s, {_SECOND} {total['second']:.1f} CPU s\n"
        f"misses: {_SECOND} searches {total['searched']} frames, "
        f"{total['second_of_searched']:.1f} CPU s "
        f"({total['second_of_searched'] / total['second']:.1%}); "
        f"{total['again'] / total['faces']:.2%} of the faces"
    )
    for min_size in _MIN_SIZES:
        print(
            f"min_size {min_size}: {kept[min_size, 'tracks']} tracks, "
            f"{kept[min_size, 'faces']} faces"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
