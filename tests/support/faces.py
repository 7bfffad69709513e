"""Parameters and boxes for the tests of faces."""

import hashlib
from pathlib import Path

import dlib
import numpy as np
import pandas as pd

from stages.common.tables.detections import LANDMARK_COLUMNS
from stages.faces.params import NO_PREDICTOR, Crop, FacesParams, Landmarks, Tracks

FACES = FacesParams(
    policy="union",
    min_iou=0.3,
    min_confidence={"mtcnn": 0.9, "dlib": 0.0, "third": 0.0},
    tracks=Tracks(max_shift=1.0, max_gap=1, min_share=0.3, min_size=0.0),
    min_change=0.0,
    crop=Crop(scale=1.3, align=False),
    landmarks=NO_PREDICTOR,
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


def write_predictor(path: Path, count: int = 68) -> Landmarks:
    """Train dlib's shape predictor on two made faces, and return the parameters that name it.

    Its points are those of `predicted` in any box of any picture, but for half a pixel.
    """
    options = dlib.shape_predictor_training_options()
    options.cascade_depth = options.tree_depth = options.num_trees_per_cascade_level = 1
    options.oversampling_amount = options.num_test_splits = 1
    options.feature_pool_size, options.be_verbose = 10, False
    picture = np.zeros((100, 100), np.uint8)
    points = [dlib.point(*point) for point in predicted(np.array([0, 0, 101, 101]), count).tolist()]
    face = dlib.full_object_detection(dlib.rectangle(0, 0, 100, 100), points)
    dlib.train_shape_predictor([picture] * 2, [[face]] * 2, options).save(str(path))
    return Landmarks(predictor=str(path), md5=hashlib.md5(path.read_bytes()).hexdigest())


def predicted(box: np.ndarray, count: int = 68) -> np.ndarray:
    """Whole pixels on a bent line through a box, shape (count, 2)."""
    along = np.arange(count) / count
    return np.rint(box[:2] + box[2:] * np.column_stack([along, along**2])).astype(int)
