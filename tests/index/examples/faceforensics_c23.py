"""The example of `faceforensics` is in c23."""

from tests.index.examples import faceforensics

FILES = faceforensics.FILES
