"""The example of `faceforensics` in raw."""

from tests.support.layouts import faceforensics

FILES = {path.replace("c23", "raw"): content for path, content in faceforensics.FILES.items()}
