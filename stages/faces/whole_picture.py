"""Decode a picture that is one face into the form in which crops are stored."""

from pathlib import Path

from av.video.reformatter import VideoReformatter

from stages.common.files import check_inside
from stages.common.picture import encode_png
from stages.common.still import decode_still
from stages.faces.fingerprint import fingerprint

_REFORMATTER = VideoReformatter()


def whole_picture(path: Path, root: Path, max_pixels: int) -> tuple[int, int, bytes, str]:
    """Decode a picture, encode it as PNG and hash it.

    Parameters
    ----------
    path : Path
        The picture.
    root : Path
        The dataset's folder.
    max_pixels : int
        Largest width times height.

    Returns
    -------
    width, height : int
        In pixels.
    png : bytes
        The pixels as the decoder gives them, RGB.
    crop_hash : str
        As of `fingerprint`.

    Raises
    ------
    ItemError
        The picture cannot be decoded, or is a link out of the dataset or a video.
    """
    check_inside(path, root)
    pixels = decode_still(path, max_pixels, _REFORMATTER)
    height, width = pixels.shape[:2]
    return width, height, encode_png(pixels), fingerprint(pixels)
