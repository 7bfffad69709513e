"""The example of `dfd` is in c23."""

from tests.index.examples import dfd

FILES = dfd.FILES
