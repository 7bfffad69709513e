"""The face is 88 px wide in a frame of 512."""

from stages.detect.detectors.mtcnn import Params, Thresholds

PARAMS = Params(
    min_face=0.1,
    scale_factor=0.709,
    thresholds=Thresholds(proposal=0.6, refinement=0.7, output=0.8),
)
