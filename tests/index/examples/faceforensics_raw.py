"""The example of `faceforensics` in raw."""

from tests.index.examples import faceforensics

FILES = {path.replace("c23", "raw"): content for path, content in faceforensics.FILES.items()}
