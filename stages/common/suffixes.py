"""Suffixes of files in a dataset: which are videos, which pictures, and which are neither.

Also the pictures of a video that is delivered as a folder of its frames.
"""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from stages.common.formats import by_suffix, refusal

NO_MEDIA = frozenset(
    {
        *(".bib", ".cfg", ".csv", ".doc", ".docx", ".htm", ".html", ".ini", ".json", ".jsonl"),
        *(".log", ".md", ".parquet", ".pdf", ".rst", ".rtf", ".toml", ".tsv", ".txt", ".xls"),
        *(".xlsx", ".xml", ".yaml", ".yml"),  # lists and texts
        *(".h5", ".hdf5", ".mat", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".pth"),
        *(".aac", ".flac", ".m4a", ".mp3", ".opus", ".wav", ".wma"),  # sound alone
        *(".srt", ".vtt"),
        *(".bat", ".ipynb", ".py", ".sh"),
        *(".db", ".dvc", ".md5", ".sha1", ".sha256", ".torrent"),
    }
)
"""Suffixes of files that hold neither pictures nor videos."""

_NO_MEDIA_NAMES = frozenset({"changelog", "copying", "licence", "license", "notice", "readme"})
_ARCHIVES = frozenset({".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip", ".zst"})

_LARGEST_NUMBER = 999_999  # that `stages.common.tables.frames.frame_name` keeps in order


def kind(path: str) -> str:
    """Return what a file is by its suffix, whatever its case.

    Returns
    -------
    {"video", "image", "none", ""}
        ``none`` for a file that is declared as neither, empty for a suffix that is not known.
    """
    if form := by_suffix(path):
        return form.kind if form.reader else ""
    name = PurePosixPath(path)
    suffix = name.suffix.lower()
    if suffix in NO_MEDIA or (not suffix and name.name.lower() in _NO_MEDIA_NAMES):
        return "none"
    return ""


def why_unknown(path: str) -> str:
    """Say what a file of an unknown kind is not, or what to do with it."""
    if form := by_suffix(path):
        return refusal(form)
    suffix = PurePosixPath(path).suffix
    if suffix.lower() in _ARCHIVES:
        return f"'{suffix}' is an archive, which is not read: unpack it"
    called = f"the suffix '{suffix}'" if suffix else "a name without suffix"
    return f"{called} is of no picture or video that is read, nor of a known other file"


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names so that numbers in them count as numbers: 2.png before 10.png."""
    return sorted(names, key=lambda name: (_parts(name), name))


def _parts(name: str) -> list[str | int]:
    """Part a name into text and numbers, in turn, so that two names can be compared."""
    return [
        int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]+)", name))
    ]


def frames_in(folder: Path) -> dict[int, Path]:
    """Return the pictures of a folder that holds the frames of one video, by frame.

    Parameters
    ----------
    folder : Path
        The folder; folders in it, hidden files and other files do not count.

    Returns
    -------
    dict of int to Path
        In order. The frame of a picture is the last number in its name, or the picture's place in
        the folder if some name has none, or has another's.
    """
    names = in_order(
        entry.name
        for entry in folder.iterdir()
        if kind(entry.name) == "image" and not entry.name.startswith(".") and entry.is_file()
    )
    found = [re.findall(r"[0-9]+", PurePosixPath(name).stem)[-1:] for name in names]
    numbers = [int(number[0]) for number in found if number]
    if len(set(numbers)) < len(names) or max(numbers, default=0) > _LARGEST_NUMBER:
        numbers = list(range(len(names)))
    return {number: folder / name for number, name in sorted(zip(numbers, names, strict=True))}
