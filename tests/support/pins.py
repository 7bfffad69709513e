"""What a file of pins installs."""

import re

from packaging.requirements import Requirement

from tests.support.paths import ROOT


def pins_of(file: str) -> list[Requirement]:
    """The pinned packages of a requirements file at the root, in its order."""
    lines = (ROOT / file).read_text().splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[A-Za-z0-9]", line)]
