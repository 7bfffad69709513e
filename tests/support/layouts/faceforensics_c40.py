"""The example of `faceforensics` in c40."""

from tests.support.layouts import faceforensics

FILES = {path.replace("c23", "c40"): content for path, content in faceforensics.FILES.items()}
