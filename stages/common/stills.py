"""What a picture's file says of itself, and the animations that Pillow decodes.

FFmpeg decodes pictures, but hides whether EXIF mirrors them and how many there are, and reads
neither animated WebP nor AVIF of several tiles. HEIF has `stages.common.heif`.
"""

import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from stages.common.errors import ItemError
from stages.common.header import Header
from stages.common.heif import heif_header

MOVING = {"png_pipe": "apng"}
"""FFmpeg's demuxer of a format's animations, where it differs from that of its pictures."""

REDUCED_ABOVE = 9_000_000
"""Pixels above which a JPEG or HEIF is read reduced."""

REDUCED_TO = 6_000_000
_DECODED = 13_000_000  # at most so many pixels are decoded of a reduced JPEG

_PILLOW = {
    "jpeg_pipe": "JPEG",
    "png_pipe": "PNG",
    "webp_pipe": "WEBP",
    "tiff_pipe": "TIFF",
    "bmp_pipe": "BMP",
    "pillow": "AVIF",
}
_ORIENTATION, _COMPRESSION, _JPEG_IN_TIFF = 0x0112, 259, (6, 7)  # tags of TIFF 6.0, and values
_QUARTERS = {1: (0, 0), 2: (0, 1), 3: (2, 0), 4: (2, 1), 5: (3, 1), 6: (3, 0), 7: (1, 1), 8: (1, 0)}
"""By EXIF's orientation: quarter turns against the clock, and whether it is mirrored after them."""

_ERRORS = (
    *(OSError, ValueError, SyntaxError, EOFError, struct.error),
    *(RuntimeError, TypeError),  # of a damaged AVIF, and of a TIFF without its size
)
"""What Pillow raises for files that it cannot read."""

Image.MAX_IMAGE_PIXELS = None  # the decoder's own limits apply, to the size in the header


def header_of(path: Path, reader: str) -> Header:
    """Read the header of a picture; that of a video is empty.

    Raises
    ------
    ItemError
        The picture is of a kind that no decoder here reads right, or a HEIF or AVIF is damaged.
    """
    if reader == "libheif":
        return heif_header(path)
    if reader not in _PILLOW:
        return Header()
    try:
        with warnings.catch_warnings(action="ignore"), _opened(path, reader) as image:
            return _header(image, reader)
    except ItemError:
        raise
    except _ERRORS as error:
        if reader == "pillow":
            named = isinstance(error, UnidentifiedImageError)  # its text is the path alone
            raise ItemError("is damaged" if named else f"is damaged: {error}") from None
        return Header()  # FFmpeg knows kinds that Pillow does not, and says what is wrong


def _opened(path: Path, reader: str) -> Image.Image:
    with path.open("rb"):
        return Image.open(path, formats=[_PILLOW[reader]])


def _header(image: Image.Image, reader: str) -> Header:
    pictures = getattr(image, "n_frames", 1)
    moves = getattr(image, "is_animated", False) and reader in ("png_pipe", "webp_pipe", "pillow")
    remark, lowres = "", 0
    if reader == "tiff_pipe":
        tags = image.tag_v2  # type: ignore[attr-defined]  # of Pillow's TIFF images
        if tags.get(_COMPRESSION) in _JPEG_IN_TIFF:
            raise ItemError(
                "is a TIFF with JPEG inside, which decodes to black: convert it with "
                "`magick FILE picture.png`"
            )
        orientation = tags.get(_ORIENTATION, 1)
    else:
        exif = Image.Exif()
        exif.load(image.info.get("exif", b""))
        orientation = exif.get(_ORIENTATION, 1)
    if pictures > 1 and not moves:
        remark = f"holds {pictures} pictures, of which only the first is looked at"
    if reader == "jpeg_pipe" and (pixels := image.width * image.height) > REDUCED_ABOVE:
        lowres = next((n for n in range(3) if pixels >> 2 * n <= _DECODED), 3)
    return Header(
        image.size,
        pictures if moves else 1,
        orientation if orientation in _QUARTERS else 1,
        reader == "pillow" or (reader == "webp_pipe" and moves),
        lowres,
        remark,
    )


def animation(path: Path) -> Iterator[tuple[float, np.ndarray]]:
    """Decode a WebP or AVIF file.

    Yields
    ------
    time : float
        Seconds from the first picture.
    pixels : ndarray of uint8, shape (height, width, 3)
        RGB, upright; transparency is ignored.
    """
    try:
        with Image.open(path, formats=["WEBP", "AVIF"]) as image:
            time = 0.0
            orientation = image.getexif().get(_ORIENTATION, 1)
            for index in range(getattr(image, "n_frames", 1)):
                image.seek(index)
                pixels = np.asarray(image.convert("RGB"))
                yield time, turned(pixels, orientation if orientation in _QUARTERS else 1)
                time += image.info.get("duration", 0) / 1000
    except _ERRORS as error:
        raise ItemError(f"is damaged: {error}") from None


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror a picture of shape (h, w, 3) so that EXIF's orientation becomes 1."""
    quarters, mirrored = _QUARTERS[orientation]
    pixels = np.rot90(pixels, quarters)
    return np.ascontiguousarray(pixels[:, ::-1] if mirrored else pixels)


def reduced(width: int, height: int) -> tuple[int, int]:
    """Return the size at which a photo above the limit is read, of the same proportions."""
    factor = min(1.0, (REDUCED_TO / (width * height)) ** 0.5)
    return max(1, round(width * factor)), max(1, round(height * factor))
