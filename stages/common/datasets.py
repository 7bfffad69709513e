"""Parameters of the section `datasets` in params.yaml."""

import re
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, Field

from stages.common.params import Section

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def _usable(name: str) -> str:
    """Refuse names that DVC, YAML or a file's name would take for something else."""
    if not _NAME.fullmatch(name) or yaml.safe_load(name) != name:
        raise ValueError(
            "the name of a dataset begins with a letter and goes on with letters, digits, _ and "
            "- alone, and is no word that YAML reads as a value, such as no or null"
        )
    return name


DatasetName = Annotated[str, AfterValidator(_usable)]
"""Name of a dataset: it is part of the names of files, and of DVC's stages and parameters."""


class DatasetParams(Section):
    """One entry of `datasets` in params.yaml.

    Attributes
    ----------
    role : {"seen", "unseen"}
        A seen dataset is split into train, val and test; an unseen one is used only for testing.
    layout : str
        Name of the adapter in stages/index that reads the dataset's folder.
    methods : list of str, optional
        Manipulation methods whose fakes are used; all methods by default. Reals are always used;
        ``real`` alone takes no fakes.
    crops : bool
        Whether each picture is one face, cut out by the dataset's owners, and is taken as it is.
    """

    role: Literal["seen", "unseen"]
    layout: str
    methods: Annotated[list[str], Field(min_length=1)] | None = None
    crops: bool = False
