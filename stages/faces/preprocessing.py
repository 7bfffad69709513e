"""All that is done to an item between its file and its crops, where one process does it."""

from collections.abc import Mapping
from dataclasses import dataclass

from stages.common.params import Section, load
from stages.common.tables.detections import Second
from stages.detect.params import DetectParams
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
