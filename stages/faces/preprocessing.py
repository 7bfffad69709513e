"""All that is done to an item between its file and its crops, where one process does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stages.common.params import Section, load
from stages.common.tables.detections import MISSES, Second
from stages.detect.params import DetectParams
from stages.detect.sure import sure_frames
from stages.faces.params import FacesParams, check_detectors
from stages.frames.params import FramesParams
from stages.frames.section import FramesSection


@dataclass(frozen=True)
class Preprocessing:
    """The preprocessing parameters from params.yaml.

    Attributes
    ----------
    frames : FramesParams
        Which frames are read, and the limits on an item.
    detectors : mapping of str to Section
        Parameters of each detector, in the order of ``detectors``.
    second : {"misses", "always"}
        ``detect.second``: which frames the detectors after the first one search.
    faces : FacesParams
        Which faces are kept, and how they are cropped.
    """

    frames: FramesParams
    detectors: Mapping[str, Section]
    second: Second
    faces: FacesParams

    def boxes_of(
        self,
        frames: pd.DataFrame,
        detect: Callable[[tuple[int, ...], str, Section], dict[str, list[Any]]],
    ) -> dict[str, pd.DataFrame]:
        """Detect the faces of one item with all detectors, one after the other.

        Parameters
        ----------
        frames : DataFrame
            ``frame`` of each frame of the item.
        detect : callable
            Called with the frames to search, and a detector's name and parameters; returns columns
            of the detection table without the key.

        Returns
        -------
        dict of str to DataFrame
            Rows of the detection table without the key, by detector.
        """
        boxes: dict[str, pd.DataFrame] = {}
        for name, params in self.detectors.items():
            searched = frames["frame"]
            if self.second == MISSES:
                searched = searched[~sure_frames(frames, boxes, self.faces.min_confidence)]
            rows = detect(tuple(searched.tolist()), name, params)
            boxes[name] = pd.DataFrame(rows).astype(float).astype({"frame": int, "face": int})
        return boxes


def load_preprocessing() -> Preprocessing:
    """Load the preprocessing from params.yaml.

    Raises
    ------
    ParamsError
        A section is wrong, or the sections do not fit together.
    """
    detect = load("detect", DetectParams)
    detectors = {name: detect.of(name) for name in load("detectors", list[str])}
    faces = load("faces", FacesParams)
    check_detectors(faces, list(detectors), detect.second)
    return Preprocessing(load("frames", FramesSection), detectors, detect.second, faces)
