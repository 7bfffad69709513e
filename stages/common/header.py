"""What a file says of its pictures before they are decoded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """What a file says before its pixels are decoded.

    Attributes
    ----------
    size : tuple of int
        Width and height of a picture; zeros for a video, or a picture that Pillow does not know.
    pictures : int
        Number of pictures of an animation; 1 otherwise.
    orientation : int or None
        EXIF's orientation of a picture, 1 to 8; None if FFmpeg's is to be taken.
    by_pillow : bool
        Whether Pillow decodes it.
    lowres : int
        A JPEG is decoded at 1 / 2 ** lowres of its width and height.
    remark : str
        What a person must know; begins with a verb.
    """

    size: tuple[int, int] = (0, 0)
    pictures: int = 1
    orientation: int | None = None
    by_pillow: bool = False
    lowres: int = 0
    remark: str = ""
