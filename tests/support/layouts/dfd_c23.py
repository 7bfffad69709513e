"""The example of `dfd` is in c23."""

from tests.support.layouts import dfd

FILES = dfd.FILES
