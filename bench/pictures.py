"""How well perceptual hashes tell a clip that was encoded anew from another clip.

Command
    ``python -m bench.pictures CLIPS [PICTURES]``: a folder of clips of different scenes, and one of
    layout ``csv``, whose pictures of different groups are to be different
Shows
    by how a clip was changed, the least distance between its frames' hashes and those of the
    original, each of `HASHED_FRAMES` frames spread evenly, and the share of clips within
    `MAX_DISTANCE`; the same for a face's crop that became a picture; the least distance between two
    clips; and how many pairs of pictures of different groups are near
"""

import argparse
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pandas as pd

from stages.common.decode import Limits, decode
from stages.common.spread import spread
from stages.detect.detector import load_detector
from stages.detect.detectors import dlib
from stages.faces.crop import cut_out
from stages.faces.fingerprint import HASHED_FRAMES, fingerprint
from stages.faces.params import FacesParams
from stages.index.folder import scan
from stages.index.layout import read_layout
from stages.index.listed_item import ListedItem
from stages.index.rows import index_rows
from stages.profiles import profile
from stages.sample.clip import write_clip
from stages.split.pictures import MAX_DISTANCE

_BLOCK = 250  # pictures that are compared with all others at once
_MOST_FRAMES = 125  # of a clip
_SECOND = 25  # frames
_LIMITS = Limits(40_000_000, 3600)
_NO_LANDMARKS = np.full((5, 2), np.nan)


def main() -> None:
    """Print the distances."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("pictures", type=Path, nargs="?")
    args = parser.parse_args()
    frame_hashes, crop_hashes, twins = [], [], []
    for path in sorted(args.clips.rglob("*.mp4")):
        frames = _frames(path)
        chosen = frames[spread(len(frames), HASHED_FRAMES)]
        between = frames[spread(len(frames), 2 * HASHED_FRAMES)][::2]
        of_frames, of_crops = _hashes(chosen), _hashes(crops := _crops(chosen))
        for change, changed in _encoded(frames):
            others = _hashes(changed[spread(len(changed), HASHED_FRAMES)])
            twins.append((change, _distances(of_frames, others).min()))
        for change, pictures in _pictures(crops, _crops(between)):
            nearest = _distances(of_crops, _hashes(pictures)).min(axis=0)
            twins += [(change, distance) for distance in nearest]
        frame_hashes.append(of_frames)
        crop_hashes.append(of_crops)
        print(f"{path.name}: {len(frames)} frames, {len(crops)} faces", flush=True)
    table = pd.DataFrame(twins, columns=["change", "distance"]).groupby("change", sort=False)
    shown = table["distance"].agg(["size", "median", "max"])
    print(shown.assign(found=table["distance"].agg(lambda of: (of <= MAX_DISTANCE).mean())))
    for name, hashes in (("frames", frame_hashes), ("crops", crop_hashes)):
        apart = [_distances(*pair).min() for pair in combinations(filter(len, hashes), 2)]
        print(f"{name} of {len(apart)} pairs of clips: {min(apart)} at least")
    if args.pictures:
        print(_near_pictures(args.pictures))


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Bits in which hashes differ: those of `one`, shape (n, 4), and `other`, (m, 4), as (n, m)."""
    return np.bitwise_count(one[:, None] ^ other).sum(axis=2)


def _hashes(pictures: np.ndarray | list[np.ndarray]) -> np.ndarray:
    digits = "".join(map(fingerprint, pictures))
    return np.frombuffer(bytes.fromhex(digits), np.uint64).reshape(-1, 4)


def _frames(path: Path) -> np.ndarray:
    frames = decode(path, lambda times: range(min(len(times), _MOST_FRAMES)), _LIMITS)
    return np.stack([frame.pixels for frame in frames])


def _crops(frames: np.ndarray) -> list[np.ndarray]:
    """The surest face of each frame in which dlib finds any, as the stage `faces` crops it."""
    detect = load_detector("dlib", dlib.Params(**profile("gpu")["detect"]["dlib"]))
    crop = FacesParams(**profile("gpu")["faces"]).crop
    return [
        cut_out(frame, found.boxes[0], _NO_LANDMARKS, crop)
        for frame, found in zip(frames, detect(list(frames)), strict=True)
        if len(found.boxes)
    ]


def _encoded(frames: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The clip as somebody else would have encoded it, with what was changed."""
    half = np.stack([_half(frame) for frame in frames])
    for change, changed, rate_factor in (
        ("x264 at 23", frames, 23),
        ("x264 at 40", frames, 40),
        ("half size", half, 23),
        ("without the first second", frames[_SECOND:], 23),
        ("without the last second", frames[:-_SECOND], 23),
        ("without both, half size, at 40", half[_SECOND:-_SECOND], 40),
    ):
        with TemporaryDirectory() as folder:
            write_clip(Path(folder) / "clip.mp4", changed, _SECOND, rate_factor)
            yield change, _frames(Path(folder) / "clip.mp4")


def _pictures(
    crops: list[np.ndarray], between: list[np.ndarray]
) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Crops of hashed frames and of those between as somebody else would have stored them."""
    yield "crop as JPEG 75", [_jpeg(crop) for crop in crops]
    yield "crop at half size", [_half(crop) for crop in crops]
    yield "crop at half size as JPEG 75", [_jpeg(_half(crop)) for crop in crops]
    yield "crop of a frame between those hashed", between


def _half(picture: np.ndarray) -> np.ndarray:
    height, width = (side // 4 * 2 for side in picture.shape[:2])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _jpeg(picture: np.ndarray) -> np.ndarray:
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def _near_pictures(folder: Path) -> str:
    """Count the pairs of pictures of different groups, and those within some distances."""
    items = [item for item in read_layout("csv", scan(folder)) if isinstance(item, ListedItem)]
    groups = index_rows("pictures", items, [""] * len(items))["group"]
    pictures = (cv2.imread(str(folder / item.path), cv2.IMREAD_COLOR_RGB) for item in items)
    hashed = [_hashes([picture]) for picture in pictures]
    group = pd.factorize(groups[[len(of_picture) > 0 for of_picture in hashed]])[0]
    words = np.concatenate(hashed)
    counts = np.zeros(257, int)
    for start in range(0, len(words), _BLOCK):
        apart = group[start : start + _BLOCK, None] != group
        distances = _distances(words[start : start + _BLOCK], words)[apart]
        counts += np.bincount(distances, minlength=257)
    near = (counts // 2).cumsum()
    within = {distance: int(near[distance]) for distance in (0, MAX_DISTANCE, 30, 50)}
    return f"of {near[-1]} pairs of pictures, by the greatest distance: {within}"


if __name__ == "__main__":
    main()
