"""Parameters of the section `scores` in params.yaml."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from stages.common.params import Section
from stages.common.tables.scores import BASELINE

EXTERNAL = Path("data/external")
"""Folder for files of scores; its ``.dvc`` files are in git, as those of data/raw are."""


def _is_free(name: str) -> str:
    """Refuse the names of models that `compare` adds itself."""
    if name == BASELINE or name.startswith("ensemble"):
        raise ValueError(f"{name!r} is the name of a model of this project; take another")
    return name


ScoresName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]+$"), AfterValidator(_is_free)]
"""Name of another program's scores: letters, digits and underscores, as it is part of file names
and a hyphen separates a backbone from its seed."""


class ScoresParams(Section):
    """One entry of `scores` in params.yaml.

    Attributes
    ----------
    file : str
        Path of the file of scores, relative to the repository.
    format : str
        Name of the reader in stages/external/formats.py.
    missing : {"refuse", "undecided"}
        What happens to items with a face that the file does not score: an error, or P(fake) = prior
        at the level ``all_items`` and left out of the others, as items without a face are.
    """

    file: str
    format: str = "csv"
    missing: Literal["refuse", "undecided"] = "refuse"
