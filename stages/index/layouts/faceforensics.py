"""FaceForensics++ and Google's DFD, as the owners' download script lays them out."""

import re
from collections.abc import Callable, Iterator

from stages.common.errors import InputError
from stages.index.folder import Folder
from stages.index.listed_item import FAKE, REAL, Aside, ListedItem

COMPRESSIONS = ("raw", "c23", "c40")
METHODS = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter")

LOOKS_FOR = (
    "original_sequences/youtube/<compression>/videos/000.mp4 and "
    "manipulated_sequences/<method>/<compression>/videos/000_003.mp4"
)
LOOKS_FOR_DFD = (
    "original_sequences/actors/<compression>/videos/01__scene.mp4 and "
    "manipulated_sequences/DeepFakeDetection/<compression>/videos/01_02__scene__ABCDEFGH.mp4"
)

_VIDEO = re.compile(
    r"(?:.*/)?(?:original|manipulated)_sequences/([^/]+)/(raw|c0|c23|c40)/videos/([^/]+)\.[^./]+"
)
_PAIR = re.compile(r"(\d{3})_(\d{3})")
_SINGLE = re.compile(r"\d{3}")
_DFD_FAKE = re.compile(r"(\d+)_(\d+)__(.+)__[^_]+")
_DFD_REAL = re.compile(r"(\d+)__(.+)")


def read(folder: Folder, compression: str = "") -> Iterator[ListedItem | Aside]:
    """A fake shows its target and its source, so the group is the pair.

    The split of the pairs comes from the owners' ``train.json``, ``val.json`` and ``test.json``
    where they lie in the folder.
    """
    splits = _pairs(folder)
    yield from _videos(folder, compression, lambda source, name: _of_pairs(source, name, splits))


def read_dfd(folder: Folder, compression: str = "") -> Iterator[ListedItem | Aside]:
    """A fake shows two actors. The owners give no split."""
    yield from _videos(folder, compression, _of_actors)


def _videos(
    folder: Folder, compression: str, describe: Callable[[str, str], dict | None]
) -> Iterator[ListedItem | Aside]:
    """Videos of one compression; whatever else the download script brings is set aside."""
    found = {}
    for path in folder.media:
        match = _VIDEO.fullmatch(path)
        about = describe(match[1], match[3]) if match else None
        if about:
            found[path] = ("raw" if match[2] == "c0" else match[2], match[3], about)
        elif match or "/masks/" in path or "downloaded_videos/" in path:
            yield Aside(path)
    levels = sorted({level for level, *_ in found.values()})
    if not compression and len(levels) > 1:
        raise InputError(
            f"{folder.root} holds several compressions ({', '.join(levels)}): name one of them in "
            "the layout, such as faceforensics_c23 or dfd_c23"
        )
    for path, (level, name, about) in found.items():
        if compression in ("", level):
            yield ListedItem(path=path, media=name, **about)
        else:
            yield Aside(path)


def _of_pairs(source: str, name: str, splits: dict[str, str]) -> dict | None:
    if source == "youtube" and _SINGLE.fullmatch(name):
        split = splits.get(name, "")
        return {"label": REAL, "method": REAL, "shows": (name,), "official_split": split}
    match = _PAIR.fullmatch(name)
    if source in METHODS and match:
        return {
            "label": FAKE,
            "method": source,
            "shows": match.groups(),
            "original": match[1],
            "official_split": splits.get(match[1], ""),
        }
    return None


def _of_actors(source: str, name: str) -> dict | None:
    if source == "actors" and (match := _DFD_REAL.fullmatch(name)):
        return {"label": REAL, "method": REAL, "shows": (match[1],)}
    if source == "DeepFakeDetection" and (match := _DFD_FAKE.fullmatch(name)):
        return {
            "label": FAKE,
            "method": source,
            "shows": (match[1], match[2]),
            "original": f"{match[1]}__{match[3]}",
        }
    return None


def _pairs(folder: Folder) -> dict[str, str]:
    """Official split of each original."""
    splits = {}
    for split in ("train", "val", "test"):
        for listing in folder.named(f"{split}.json"):
            for pair in folder.json(listing, list):
                if not (isinstance(pair, list) and all(isinstance(name, str) for name in pair)):
                    raise InputError(
                        f"{folder.root / listing}: expected pairs such as ['953', '974'], "
                        f"found {pair!r:.60}"
                    )
                splits |= dict.fromkeys(pair, split)
    return splits
