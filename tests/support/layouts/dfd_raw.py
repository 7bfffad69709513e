"""The example of `dfd` in raw."""

from tests.support.layouts import dfd

FILES = {path.replace("c23", "raw"): content for path, content in dfd.FILES.items()}
