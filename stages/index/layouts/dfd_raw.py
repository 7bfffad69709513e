"""The raw videos of Google's DFD, from a folder that holds several compressions."""

from functools import partial

from stages.index.layouts import dfd

LOOKS_FOR = dfd.LOOKS_FOR
read = partial(dfd.read, compression="raw")
