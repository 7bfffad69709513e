"""FakeAVCeleb: ``<type>/<race>/<gender>/<person>/*.mp4``, and ``meta_data.csv`` with methods."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.layouts._lists import read_rows
from stages.index.listed_item import FAKE, REAL, ListedItem, Skipped

LIST = "meta_data.csv"
LOOKS_FOR = (
    "RealVideo-RealAudio/<race>/<gender>/<person>/*.mp4, FakeVideo-RealAudio/…, "
    f"FakeVideo-FakeAudio/… and {LIST}"
)

_REALS = "RealVideo-RealAudio"
_SOUND_ALONE = "RealVideo-FakeAudio"
_VIDEO = re.compile(
    r"(?:.*/)?((?:Real|Fake)Video-(?:Real|Fake)Audio)/([^/]+)/([^/]+)/([^/]+)/(([^/]+)\.[^./]+)"
)
_VOICE = re.compile(r"_id\d+_wavtolip$")  # whose sound, not whose face
_DONOR = re.compile(r"\d+_(id\d+)(?:_.*)?")


def read(folder: Folder) -> Iterator[ListedItem | Skipped]:
    """Group items by the person shown and, in a face swap, the donor in the file's name.

    Files are listed as found and their methods looked up: the list names some files twice, with
    two methods, of which the first is taken. Real video with fake sound is left out. ``race`` and
    ``gender`` of the person shown are attributes.
    """
    methods = _methods(folder)
    for path in folder.media_files:
        if not (match := _VIDEO.fullmatch(path)):
            continue
        kind, race, gender, person, file, name = match.groups()
        attributes = {"race": race, "gender": gender}
        if kind == _SOUND_ALONE:
            yield Skipped(path)
        elif kind == _REALS:
            item = f"{kind}/{person}/{name}"
            yield ListedItem(path, REAL, REAL, item, (person,), attributes=attributes)
        elif method := methods.get((kind, race, gender, person, file)):
            swapped = _DONOR.fullmatch(_VOICE.sub("", name))
            donor = swapped[1] if swapped and swapped[1] != person else ""
            yield ListedItem(
                path=path,
                label=FAKE,
                method=method,
                item=f"{kind}/{person}/{name}",
                source_ids=(person, donor) if donor else (person,),
                donor=donor,
                original=f"{_REALS}/{person}/{name.partition('_')[0]}",
                attributes=attributes,
            )


def _methods(folder: Folder) -> dict[tuple[str, ...], str]:
    """Map type, race, gender, person and file name to the method of the first row."""
    columns = ("type", "race", "gender", "source", "path")
    methods: dict[tuple[str, ...], str] = {}
    for listing in folder.named(LIST):
        for row in read_rows(folder, listing, (*columns, "method")):
            methods.setdefault(tuple(row[column] for column in columns), row["method"])
    return methods
