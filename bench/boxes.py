"""How far the detectors' boxes of the same face agree, on real clips.

Command
    ``python -m bench.boxes DATASET …`` after ``dvc repro`` of their detections
Reads
    ``data/detections/DATASET/{mtcnn,dlib}.csv``
Shows
    by medians over clips (the first of a name's parts, so that a fake counts with its original):
    MTCNN's side and centre against dlib's, the IoU, and where dlib's box lies in the template that
    aligned crops are cut by. Sides of 1 and shifts of 0 mean that the boxes follow one convention.
"""

import sys

import numpy as np
import pandas as pd

from stages.common.similarity import similarity
from stages.common.table import KEY, read
from stages.common.tables.detections import (
    DETECTIONS,
    LANDMARK_COLUMNS,
    TEMPLATE,
    detections_path,
)
from stages.faces.merge import BOX, same_faces

_MIN_IOU = 0.3
_MIN_CONFIDENCE = {"mtcnn": 0.9, "dlib": 0.2}


def main(datasets: list[str]) -> None:
    """Print the table of all named datasets together."""
    faces = pd.concat([matched_faces(dataset) for dataset in datasets], ignore_index=True)
    clip = faces["dataset"] + "/" + faces["item"].str.split("_").str[0]
    medians = agreement(faces).groupby(clip).median()
    print(f"{len(faces)} faces that both found, {len(medians)} clips")
    for name, of_clips in medians.items():
        low, high = of_clips.quantile([0.25, 0.75])
        print(f"  {name:42} {of_clips.median():6.3f}  (half of the clips: {low:.3f} to {high:.3f})")


def matched_faces(dataset: str) -> pd.DataFrame:
    """Faces that both found: the key, ``iou``, MTCNN's columns, and dlib's box as ``d_…``."""
    tables = {}
    for name, least in _MIN_CONFIDENCE.items():
        table = read(detections_path(dataset, name), DETECTIONS)
        tables[name] = table[table["confidence"] >= least]
    of_dlib = dict(tuple(tables["dlib"].groupby(KEY)))
    found = []
    for key, first in tables["mtcnn"].groupby(KEY):
        second = of_dlib.get(key, tables["dlib"].head(0))
        for row, column, overlap in same_faces(first, second, _MIN_IOU):
            theirs = second.iloc[column][BOX].add_prefix("d_")
            found.append(pd.concat([first.iloc[row], theirs]).to_dict() | {"iou": overlap})
    return pd.DataFrame(found)


def agreement(faces: pd.DataFrame) -> pd.DataFrame:
    """What is compared, one row a face of `matched_faces`."""
    first, second = (faces[[f"{of}{name}" for name in BOX]].to_numpy() for of in ("", "d_"))
    side = [boxes[:, 2:].mean(axis=1) for boxes in (first, second)]
    centre = [boxes[:, :2] + boxes[:, 2:] / 2 for boxes in (first, second)]
    shift = (centre[1] - centre[0]) / side[0][:, None]
    points = faces[LANDMARK_COLUMNS].to_numpy(float).reshape(-1, 5, 2)
    turn, offset = np.array([similarity(TEMPLATE, of_face) for of_face in points]).T
    in_template = (centre[1] @ [1, 1j] - offset) / turn
    return pd.DataFrame(
        {
            "IoU": faces["iou"],
            "dlib's side over MTCNN's mean side": side[1] / side[0],
            "dlib's centre, to the right, over it": shift[:, 0],
            "dlib's centre, lower, over it": shift[:, 1],
            "dlib's side over the template's": side[1] / np.abs(turn),
            "dlib's centre in the template, x": in_template.real,
            "dlib's centre in the template, y": in_template.imag,
        }
    )


if __name__ == "__main__":
    main(sys.argv[1:])
