"""The section `identify` of params.yaml."""

from stages.common.md5 import MD5
from stages.common.numbers import Positive
from stages.common.params import Section


class IdentifyParams(Section):
    """How persons are told apart.

    Attributes
    ----------
    weights : str
        File of dlib's face recognition network (``dlib_face_recognition_resnet_model_v1.dat``);
        empty: nobody is identified.
    md5 : str
        MD5 of that file.
    max_distance : float
        Largest mean distance between the faces of two groups of tracks that are one person.
    """

    weights: str
    md5: MD5
    max_distance: Positive
