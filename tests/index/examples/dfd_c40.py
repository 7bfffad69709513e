"""The example of `dfd` in c40."""

from tests.index.examples import dfd

FILES = {path.replace("c23", "c40"): content for path, content in dfd.FILES.items()}
