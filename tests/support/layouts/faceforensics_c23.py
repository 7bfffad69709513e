"""The example of `faceforensics` is in c23."""

from tests.support.layouts import faceforensics

FILES = faceforensics.FILES
