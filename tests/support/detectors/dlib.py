"""By HOG: the CNN's weights are no part of the package."""

from stages.detect.detectors.dlib import Params

PARAMS = Params(min_face=0.15, threshold=0.0, cnn_weights="", cnn_weights_md5="")
