"""Measure how well the vectors of `identify` tell persons apart, on pictures of known persons.

Command
    ``python -m bench.identify FOLDER PAIRS --weights FILE``
Reads
    FOLDER: pictures of one person each; PAIRS: a CSV with ``file_x``, ``file_y`` and ``Decision``
    (``Yes`` if both show one person); FILE: dlib's face recognition network
Prints
    AUC of the distance, its quantiles for both kinds of pairs, and the share of right decisions by
    the largest distance of one person. Faces are the largest that MTCNN finds, with its landmarks
"""

import argparse
import hashlib
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from stages.common.params import load
from stages.common.picture import encode_png
from stages.common.registry import find
from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.detect.boxes import detect_stored
from stages.detect.detector import DETECTORS
from stages.identify.embed import aligned, load_network

LONGEST = 800  # px of a picture's longer side
LIMITS = (0.4, 0.45, 0.5, 0.55, 0.6)


def main() -> None:
    """Embed all pictures that the pairs name, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    args = parser.parse_args()
    pairs = pd.read_csv(args.pairs)
    names = sorted({*pairs["file_x"], *pairs["file_y"]})
    found = {name: vector(args.folder / name, args.weights) for name in names}
    without = {name for name, one in found.items() if one is None}
    pairs = pairs[~pairs["file_x"].isin(without) & ~pairs["file_y"].isin(without)]
    distances = np.array(
        [
            np.linalg.norm(found[one] - found[other])
            for one, other in zip(pairs["file_x"], pairs["file_y"], strict=True)
        ]
    )
    same = (pairs["Decision"] == "Yes").to_numpy()
    print(f"{len(names) - len(without)} pictures, {same.sum()} pairs of one person, ", end="")
    print(f"{(~same).sum()} of two; AUC {roc_auc_score(same, -distances):.4f}")
    for kind, part in (("one person", distances[same]), ("two persons", distances[~same])):
        quantiles = np.quantile(part, [0, 0.01, 0.05, 0.5, 0.95, 0.99, 1]).round(3).tolist()
        print(f"{kind}: least, 1, 5, 50, 95, 99 % and largest distance {quantiles}")
    for limit in LIMITS:
        print(f"up to {limit}: {((distances <= limit) == same).mean():.3f} right")


def vector(path: Path, weights: Path) -> np.ndarray | None:
    """The vector of the largest face of a picture, float64 of shape (128,); None if it has none."""
    picture = cv2.imread(str(path))
    assert picture is not None, path
    scale = min(1, LONGEST / max(picture.shape))
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., ::-1]
    params = load("detect.mtcnn", find("detector", "mtcnn", DETECTORS).Params)
    boxes = pd.DataFrame(detect_stored({"0.png": encode_png(picture)}, "mtcnn", params))
    if boxes.empty:
        return None
    points = boxes.sort_values("width")[LANDMARK_COLUMNS].to_numpy(float)[-1].reshape(5, 2)
    network = load_network(str(weights), hashlib.md5(weights.read_bytes()).hexdigest())
    return np.array(network.compute_face_descriptor(aligned(picture, points)))


if __name__ == "__main__":
    main()
