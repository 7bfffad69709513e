"""The c23 videos of FaceForensics++, from a folder that holds several compressions."""

from functools import partial

from stages.index.layouts import faceforensics

LOOKS_FOR = faceforensics.LOOKS_FOR
read = partial(faceforensics.read, compression="c23")
