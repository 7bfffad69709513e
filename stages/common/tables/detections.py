"""The detection table: every box of one detector, in one form for all detectors."""

from pathlib import Path

import pandera.pandas as pa

from stages.common.table import KEY, column, item_key

LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
"""Left and right as in the picture: `left_eye` has the smaller x of a frontal face."""

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
        "confidence": column(float, "higher is surer; the scale is the detector's own"),
    }
    | {
        name: column(
            float, "landmark in the stored frame, where the detector has it", "px", nullable=True
        )
        for name in LANDMARK_COLUMNS
    },
    unique=[*KEY, "frame", "face"],
    strict=True,
    coerce=True,
)


def boxes_folder(dataset: str, detector: str) -> Path:
    """Folder of the archives of boxes, one an item."""
    return Path("data/boxes") / dataset / detector


def detections_folder(dataset: str) -> Path:
    """Folder of the detection tables of `dataset`, one a detector."""
    return Path("data/detections") / dataset


def detections_path(dataset: str, detector: str) -> Path:
    """Where the detection table of one detector is."""
    return detections_folder(dataset) / f"{detector}.csv"
