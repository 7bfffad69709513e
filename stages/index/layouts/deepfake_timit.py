"""DeepFake-TIMIT: ``<quality>/<person>/<sentence>-video-<donor>.avi``, reals from VidTIMIT."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, ListedItem

LOOKS_FOR = (
    "higher_quality/fadg0/sa1-video-fram1.avi …, lower_quality/…, and for the reals "
    "VidTIMIT/fadg0/sa1.avi …"
)

_PERSON = r"([fm][a-z]{3}\d)"
_FAKE = re.compile(rf"(?:.*/)?((?:higher|lower)_quality)/{_PERSON}/([^/]+)-video-{_PERSON}\.[^./]+")
_REAL = re.compile(rf"(?:.*/)?{_PERSON}/(?:video/)?((?:(?!-video-)[^/])+)\.[^./]+")


def read(folder: Folder) -> Iterator[ListedItem]:
    """Group items by the person shown and the donor of the face; the quality is the method."""
    for path in folder.media_files:
        if match := _FAKE.fullmatch(path):
            quality, person, sentence, donor = match.groups()
            yield ListedItem(
                path=path,
                label=FAKE,
                method=quality,
                item=f"{person}_{sentence}-{donor}",
                source_ids=(person, donor),
                donor=donor,
                original=f"{person}_{sentence}",
            )
        elif (match := _REAL.fullmatch(path)) and "_quality/" not in path:
            person, sentence = match.groups()
            yield ListedItem(path, REAL, REAL, f"{person}_{sentence}", (person,))
