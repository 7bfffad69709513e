"""Parameters and boxes for the tests of faces."""

import numpy as np
import pandas as pd

from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.faces.params import Crop, FacesParams, Tracks

FACES = FacesParams(
    policy="union",
    min_iou=0.3,
    min_confidence={"mtcnn": 0.9, "dlib": 0.0, "third": 0.0},
    tracks=Tracks(max_shift=1.0, max_gap=1, min_share=0.3),
    min_change=0.0,
    crop=Crop(scale=1.3, align=False),
    max_failed_fraction=0.0,
)


def boxes_table(rows: list[tuple[int, list[float], float]]) -> pd.DataFrame:
    """Detection table of one item from frame, box and confidence."""
    table = pd.DataFrame(
        [[frame, *box, confidence] for frame, box, confidence in rows],
        columns=["frame", "x", "y", "width", "height", "confidence"],
    ).astype({"frame": int})
    table["face"] = table.groupby("frame").cumcount()
    return table.assign(**dict.fromkeys(LANDMARK_COLUMNS, np.nan))
