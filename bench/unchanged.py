"""How well `faces.min_change` tells a person left unchanged in a fake from a changed one.

Command
    ``python -m bench.unchanged FOLDER LAYOUT [--min-change 3.5]``, such as
    ``data/raw/ff faceforensics_c40``
Reads
    a dataset's folder as the stage `index` does: real clips, and fakes made from them
Shows
    by x264's rate factor of the fake and of its original, the least, median and greatest change of
    unchanged and of changed persons' tracks, and the share of each that would be dropped

Each fake is set beside a real clip of somebody else, and its original beside the same clip: a fake
of two persons, of whom one was changed, with its original. Both are encoded, a few short runs of
frames each, and MTCNN finds the faces in the last frame of each run of the original.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pandas as pd

from stages.common.errors import ItemError
from stages.detect.detector import load_detector
from stages.detect.detectors import mtcnn
from stages.faces.unchanged import change
from stages.frames.decode import Limits, decode
from stages.index.folder import scan
from stages.index.layout import read_layout
from stages.index.listed_item import FAKE, REAL, ListedItem
from stages.profiles import profile
from stages.sample.clip import write_clip

ORIGINAL_RATE_FACTORS = (23, 35)
RATE_FACTORS = (18, 23, 28, 35, 40)
STARTS = (20, 120, 220)
RUN = 4  # frames that are encoded one after the other; the last one is compared
_LIMITS = Limits(40_000_000, 3600)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("layout")
    parser.add_argument("--min-change", type=float, default=3.5)
    args = parser.parse_args()
    tracks = measure(args.folder, args.layout)
    kind = ["original", "fake", "person"]
    table = tracks.groupby(kind)["change"].agg(["size", "min", "median", "max"]).round(2)
    table["dropped"] = (
        (tracks["change"] < args.min_change).groupby([tracks[k] for k in kind]).mean()
    )
    print(table.to_string())


def measure(folder: Path, layout: str) -> pd.DataFrame:
    """Measure the change of both persons of each made clip.

    Returns
    -------
    DataFrame
        One row per track and encoding: ``item``, ``method``, rate factors ``original`` and
        ``fake``, ``person`` (changed or unchanged), ``change``.
    """
    items = [one for one in read_layout(layout, scan(folder)) if isinstance(one, ListedItem)]
    reals = sorted((one for one in items if one.label == REAL), key=lambda one: one.item)
    rows = []
    for number, real in enumerate(reals):
        groups = [other for other in reals if not set(other.source_ids) & set(real.source_ids)]
        original, beside = (runs(folder / one.path) for one in (real, groups[number % len(groups)]))
        boxes = [face_boxes(of) for of in (original, beside)]
        compared = np.flatnonzero(np.isfinite(boxes).all(axis=(0, 2)))
        encoded = {
            factor: encoded_by_x264(side_by_side(original, beside), factor)
            for factor in ORIGINAL_RATE_FACTORS
        }
        if not len(compared):
            continue
        for fake in (one for one in items if one.label == FAKE and one.original == real.item):
            try:
                changed = runs(folder / fake.path)
            except ItemError:  # shorter than its original
                continue
            if changed.shape != original.shape:
                continue
            both = side_by_side(changed, beside)
            for factor in RATE_FACTORS:
                frames = encoded_by_x264(both, factor)
                for of_original, others in encoded.items():
                    about = {"item": fake.item, "method": fake.method}
                    about |= {"original": of_original, "fake": factor}
                    for person, offset, of_person in (
                        ("changed", 0, boxes[0]),
                        ("unchanged", original.shape[2], boxes[1]),
                    ):
                        changes = [
                            change(frames[n], others[n], of_person[n] + [offset, 0, 0, 0])
                            for n in compared
                        ]
                        rows.append(about | {"person": person, "change": np.median(changes)})
        print(f"{number + 1} of {len(reals)} originals", flush=True)
    return pd.DataFrame(rows)


def runs(path: Path) -> np.ndarray:
    """Frames of the runs, one after the other: shape (runs × `RUN`, height, width, 3)."""
    wanted = [start + n for start in STARTS for n in range(RUN)]
    return np.stack([frame.pixels for frame in decode(path, lambda times: wanted, _LIMITS)])


def face_boxes(frames: np.ndarray) -> np.ndarray:
    """Box of the surest face in the last frame of each run, NaN if there is none."""
    params = mtcnn.Params(**profile("gpu")["detect"]["mtcnn"])
    found = load_detector("mtcnn", params)(list(frames[RUN - 1 :: RUN]))
    return np.array([of.boxes[0] if len(of.boxes) else np.full(4, np.nan) for of in found])


def encoded_by_x264(frames: np.ndarray, rate_factor: int) -> list[np.ndarray]:
    """Encode a clip as x264's preset veryfast does, and decode the last frame of each run."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_clip(path, frames, 25, rate_factor)
        wanted = range(RUN - 1, len(frames), RUN)
        return [frame.pixels for frame in decode(path, lambda times: wanted, _LIMITS)]


def side_by_side(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Join two clips, with black below the lower one; width and height become even."""
    height = max(left.shape[1], right.shape[1])
    height += height % 2
    right = right[:, :, : right.shape[2] - (left.shape[2] + right.shape[2]) % 2]
    return np.stack(
        [
            np.hstack(
                [
                    cv2.copyMakeBorder(one, 0, height - len(one), 0, 0, cv2.BORDER_CONSTANT)
                    for one in both
                ]
            )
            for both in zip(left, right, strict=True)
        ]
    )


if __name__ == "__main__":
    main()
