"""Source clips and persons in the names that FaceForensics++, DFD and Celeb-DF give videos."""

import re
from collections.abc import Iterable

_FORMS = {  # the target, and the donor if it is a fake of two
    "celeb_df": re.compile(r"(id\d+)(?:_(id\d+))?_\d+(?:_test_.+)?"),
    "ffpp": re.compile(r"(\d{3})(?:_(\d{3}))?"),
    "dfd": re.compile(r"(\d\d)(?:_(\d\d))?__.+"),
}
_YOUTUBE = re.compile(r"\d{5}")  # a video of Celeb-DF's YouTube-real


def shared_sources(video: str, folders: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what a video shows, as all layouts name it: the target, then the donor, if any.

    Parameters
    ----------
    video : str
        Name of the video, without suffix.
    folders : iterable of str
        Folders that it lies in: in one called ``YouTube-real`` it may be a video of Celeb-DF's.

    Returns
    -------
    tuple of str
        Names with a prefix of `stages.common.tables.index.SHARED_SOURCES`; empty if the name has
        another form.
    """
    for family, form in _FORMS.items():
        if match := form.fullmatch(video):
            return tuple(f"{family} {name}" for name in match.groups() if name)
    if _YOUTUBE.fullmatch(video) and "youtube-real" in map(str.lower, folders):
        return (f"celeb_df youtube {video}",)
    return ()
