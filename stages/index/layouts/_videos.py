"""The videos of a dataset, each delivered as a file or as a folder of its frames."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from stages.common.suffixes import kind
from stages.index.folder import Folder

T = TypeVar("T")


def videos(folder: Folder, about: Callable[[str], T | None]) -> Iterator[tuple[str, bool, T]]:
    """Find the videos, and the pictures that are no video's frames, in a dataset's folder.

    Parameters
    ----------
    folder : Folder
        The dataset's folder.
    about : callable
        Called with the path of a folder of pictures, or of a file without its suffix. What it
        returns describes the item; None says that the layout has no such item.

    Yields
    ------
    path : str
        Of the file, or of the folder with the frames of a video.
    frames : bool
        Whether it is such a folder. A folder that `about` does not know is none, and each of its
        pictures may be an item of its own.
    about : object
        What `about` returned.
    """
    files = [path for path in folder.media_files if kind(path) == "video"]
    for top, pictures in folder.pictures.items():
        if (described := about(top)) is not None:
            yield top, True, described
        else:
            files += pictures
    for path in files:
        if (described := about(path.rpartition(".")[0])) is not None:
            yield path, False, described
