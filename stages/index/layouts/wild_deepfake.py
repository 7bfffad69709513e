"""WildDeepfake: face crops in ``{real,fake}_{train,test}/<archive>/{real,fake}/<sequence>/``."""

import re
from collections.abc import Iterator

from stages.index.folder import Folder
from stages.index.layouts._videos import videos
from stages.index.listed_item import ListedItem, official_split

LOOKS_FOR = (
    "{real,fake}_{train,test}/<archive>/{real,fake}/<sequence>/<frame>.png, such as "
    "fake_train/1/fake/131/1057.png"
)

_SEQUENCE = re.compile(r"(?:.*/)?(real|fake)[_ ](train|test)/(?:.*/)?([^/]+/(?:real|fake))/([^/]+)")


def read(folder: Folder) -> Iterator[ListedItem]:
    """List each sequence as a video, and group the sequences of an archive.

    Label and split are those of the folder that the owners ship an archive in, whatever the one
    inside says. Sequences are numbered anew in each archive, and several may be cut from one video,
    which is not named.
    """
    for path, frames, match in videos(folder, _SEQUENCE.fullmatch):
        label, split, archive, sequence = match.groups()
        yield ListedItem(
            path=path,
            label=label,
            method=label,
            item=f"{split}/{archive}/{sequence}",
            source_ids=(f"{label}/{split}/{archive}/{sequence}", f"{label}/{split}/{archive}"),
            official_split=official_split(split, path),
            frames=frames,
        )
