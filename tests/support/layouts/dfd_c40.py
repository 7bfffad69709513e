"""The example of `dfd` in c40."""

from tests.support.layouts import dfd

FILES = {path.replace("c23", "c40"): content for path, content in dfd.FILES.items()}
