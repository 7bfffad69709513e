"""The detection table: all boxes of one detector, in a format shared by all detectors."""

from pathlib import Path
from typing import Literal

import numpy as np
import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
"""Left and right in the picture: in a frontal face, `left_eye` has the smaller x."""

# Eyes, nose and corners of the mouth in a square around a frontal face: ArcFace's template
# (Deng et al., 2019; insightface's face_align.py), divided by its side of 112 px
TEMPLATE = (
    np.array(
        [
            [38.2946, 51.6963],
            [73.5318, 51.5014],
            [56.0252, 71.7366],
            [41.5493, 92.3655],
            [70.7299, 92.2041],
        ]
    )
    / 112
)

Second = Literal["always", "misses"]
"""``detect.second``: whether the detectors after the first one search every frame, or only those in
which no detector before them was sure."""
ALWAYS: Second = "always"
MISSES: Second = "misses"

LANDMARK_COLUMNS = [f"{point}_{axis}" for point in LANDMARKS for axis in "xy"]

DETECTIONS = pa.DataFrameSchema(
    item_key()
    | {
        "frame": column(int, "index in presentation order, from 0", "frames"),
        "face": column(int, "number of the box within the frame, most confident first, from 0"),
        "x": column(float, "left edge in the stored frame", "px"),
        "y": column(float, "top edge in the stored frame", "px"),
        "width": column(float, "width of the box", "px"),
        "height": column(float, "height of the box", "px"),
        "confidence": column(float, "higher is more certain; the scale depends on the detector"),
    }
    | {
        name: column(
            float, "landmark in the stored frame, empty if not detected", "px", nullable=True
        )
        for name in LANDMARK_COLUMNS
    },
    unique=[*KEY, "frame", "face"],
    strict=True,
    coerce=True,
)


def boxes_root(dataset: str) -> Path:
    """Return the folder of the boxes of `dataset`, with a folder for each detector."""
    return Path("data/boxes") / dataset


def boxes_folder(dataset: str, detector: str) -> Path:
    """Return the folder of the archives of boxes, one per item."""
    return boxes_root(dataset) / detector


def detections_path(dataset: str, detector: str) -> Path:
    """Return the path of the detection table of one detector."""
    return Path("data/detections") / dataset / f"{detector}.csv"
