"""Folders whose name is a label."""

import re
from collections.abc import Iterable

from stages.index.listed_item import FAKE, REAL

_FORMS = {  # perhaps numbered, in the plural, or with what is in the folder: 0_real, fake_videos
    label: re.compile(
        rf"(?:\d+[_ -]?)?(?:{words})s?(?:[_ -]?(?:clip|crop|face|frame|image|picture|video)s?)?",
        re.I,
    )
    for label, words in {
        REAL: "real|original|pristine|authentic|genuine",
        FAKE: "fake|deep[_ -]?fake|manipulated|forged|synthetic|synthesi[sz]ed",
    }.items()
}
_ALIKE = re.compile(r"real|origin|pristine|authentic|genuine|fake|manipul|forge|synth", re.I)

EXPECTED = "real or fake, original or manipulated, 0_real or 1_fake, in any case"


def label_of(name: str) -> str:
    """Return the label that a folder is named after, or an empty string."""
    return next((label for label, form in _FORMS.items() if form.fullmatch(name)), "")


def labels_in(folders: Iterable[str]) -> set[str]:
    """Return the labels that some folders of a path are named after."""
    return {label for name in folders if (label := label_of(name))}


def looks_like_a_label(name: str) -> bool:
    """Return whether a folder's name has a word of a label, such as ``fake_v2`` or ``unreal``."""
    return bool(_ALIKE.search(name))
