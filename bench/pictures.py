"""How well perceptual hashes tell a clip that was encoded anew from another clip.

Command
    ``python -m bench.pictures CLIPS [PICTURES]``: a folder of clips of different scenes, and one of
    layout ``csv``, whose pictures of different groups are to be different
Shows
    by how a clip was changed, the least distance between its frames' hashes and those of the
    original, each of `HASHED_FRAMES` frames spread evenly: the median and the greatest over the
    clips; the least between two clips; and how many pairs of pictures of different groups are as
    near as `MAX_DISTANCE`
"""

import argparse
import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd

from stages.faces.fingerprint import HASHED_FRAMES, fingerprint
from stages.frames.choose import spread
from stages.index.folder import scan
from stages.index.layout import read_layout
from stages.index.listed_item import ListedItem
from stages.index.rows import index_rows
from stages.split.pictures import MAX_DISTANCE

_BLOCK = 500  # pictures that are compared with all others at once
_MOST_FRAMES = 450  # of a clip


def main() -> None:
    """Print the distances."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("pictures", type=Path, nargs="?")
    args = parser.parse_args()
    originals, twins = {}, []
    for path in sorted(args.clips.rglob("*.mp4")):
        frames, rate = _frames(path)
        originals[path] = _hashes(frames)
        for change, encoded in _changed(frames, rate):
            nearest = distances(originals[path], _hashes(_frames(encoded)[0])).min()
            twins.append({"change": change, "distance": nearest})
    table = pd.DataFrame(twins).groupby("change", sort=False)["distance"]
    print(table.agg(["size", "median", "max"]).to_string())
    apart = [distances(one, other).min() for one, other in combinations(originals.values(), 2)]
    print(f"least of {len(apart)} pairs of clips: {min(apart)}")
    if args.pictures:
        near, pairs = _near_pictures(args.pictures)
        print(f"{near} of {pairs} pairs of pictures within {MAX_DISTANCE}")


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Bits in which hashes differ: those of `one`, shape (n, 4), and `other`, (m, 4), as (n, m)."""
    return np.bitwise_count(one[:, None] ^ other).sum(axis=2)


def _words(hashes: list[str]) -> np.ndarray:
    return np.frombuffer(bytes.fromhex("".join(hashes)), np.uint64).reshape(-1, 4)


def _hashes(frames: list[np.ndarray]) -> np.ndarray:
    return _words([fingerprint(frames[n]) for n in spread(len(frames), HASHED_FRAMES)])


def _frames(clip: Path | io.BytesIO) -> tuple[list[np.ndarray], Fraction]:
    with av.open(clip if isinstance(clip, io.BytesIO) else str(clip)) as container:
        rate = container.streams.video[0].average_rate
        decoded = zip(range(_MOST_FRAMES), container.decode(video=0), strict=False)
        return [frame.to_ndarray(format="rgb24") for _, frame in decoded], rate


def _changed(frames: list[np.ndarray], rate: Fraction) -> Iterator[tuple[str, io.BytesIO]]:
    """The clip as somebody else would have encoded it, with what was changed."""
    second = round(rate)
    for rate_factor in (23, 40):
        yield f"x264 at {rate_factor}", _encoded(frames, rate, rate_factor)
    yield "half size", _encoded(frames, rate, 23, 0.5)
    yield "without the first second", _encoded(frames[second:], rate, 23)
    yield "without the last second", _encoded(frames[:-second], rate, 23)
    yield "without both, half size, at 40", _encoded(frames[second:-second], rate, 40, 0.5)


def _encoded(
    frames: list[np.ndarray], rate: Fraction, rate_factor: int, scale: float = 1
) -> io.BytesIO:
    file = io.BytesIO()
    height, width = (int(side * scale) // 2 * 2 for side in frames[0].shape[:2])
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": str(rate_factor)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            sized = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(sized, format="rgb24")))
        container.mux(stream.encode())
    file.seek(0)
    return file


def _near_pictures(folder: Path) -> tuple[int, int]:
    """Count pairs of different groups: those that are near, and all."""
    items = [item for item in read_layout("csv", scan(folder)) if isinstance(item, ListedItem)]
    groups = index_rows("pictures", items, [""] * len(items))["group"]
    hashes = pd.Series(
        [
            fingerprint(cv2.imread(str(folder / item.path), cv2.IMREAD_COLOR_RGB))
            for item in items
        ]
    )
    group = pd.factorize(groups[hashes != ""])[0]
    words = _words(hashes[hashes != ""].tolist())
    near = pairs = 0
    for start in range(0, len(words), _BLOCK):
        apart = group[start : start + _BLOCK, None] != group
        pairs += int(apart.sum())
        near += int((apart & (distances(words[start : start + _BLOCK], words) <= MAX_DISTANCE)).sum())
    return near // 2, pairs // 2


if __name__ == "__main__":
    main()
