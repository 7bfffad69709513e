"""Recognise a file's container by its first bytes and check that the file is complete."""

import os
from pathlib import Path
from typing import BinaryIO

from stages.common.errors import ItemError

SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "png_pipe"),
    (0, b"\xff\xd8\xff", "jpeg_pipe"),
    (8, b"WEBP", "webp_pipe"),
    (0, b"BM", "bmp_pipe"),
    (0, b"II*\0", "tiff_pipe"),
    (0, b"MM\0*", "tiff_pipe"),
    (8, b"AVI ", "avi"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    *((4, atom, "mov") for atom in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
)
"""Allowed containers: offset and value of the signature, and FFmpeg's name of the container."""

_STILL_BRANDS = (b"heic", b"heix", b"mif1", b"avif")
_SEGMENT = b"\x18\x53\x80\x67"


def container_of(path: Path) -> str:
    """Return FFmpeg's name of a file's container.

    Raises
    ------
    ItemError
        The file is empty, is not of an allowed kind, or is shorter than its header says: FFmpeg
        would decode it as a shorter video.
    """
    with path.open("rb") as file:
        start = file.read(64)
        kind = _kind(start)
        sizes = {"matroska": _matroska_size, "mov": _mov_size}
        if kind in sizes and sizes[kind](file) > file.seek(0, os.SEEK_END):
            raise ItemError("is truncated")
    return kind


def _kind(start: bytes) -> str:
    if not start:
        raise ItemError("is empty")
    if start[4:8] == b"ftyp" and start[8:12] in _STILL_BRANDS:
        raise ItemError("is a HEIF or AVIF picture: convert it to PNG or JPEG")
    for offset, value, name in SIGNATURES:
        if start.startswith(value, offset):
            return name
    raise ItemError("is no picture or video of a known kind")


def _mov_size(file: BinaryIO) -> int:
    """Return where the last box of an MP4 or QuickTime file ends (ISO/IEC 14496-12, 4.2)."""
    end = 0
    while True:
        file.seek(end)
        header = file.read(16)
        if len(header) < 8:
            return end
        size = int.from_bytes(header[:4])
        if size == 1:
            size = int.from_bytes(header[8:])
        if size < 8 or not header[4:8].isalnum():  # up to the end of the file, or padding
            return end
        end += size


def _matroska_size(file: BinaryIO) -> int:
    """Return the size that a Matroska file declares (RFC 8794 and 9559); 0 if it declares none."""
    file.seek(0)
    start = file.read(4096)
    segment = start.find(_SEGMENT) + len(_SEGMENT)
    if segment < len(_SEGMENT) or segment + 8 > len(start):
        return 0
    # The leading zeros of a number's first byte give its length; all ones mean "unknown"
    length = 9 - start[segment].bit_length()
    number = int.from_bytes(start[segment : segment + length]) & (1 << 7 * length) - 1
    return 0 if number == (1 << 7 * length) - 1 else segment + length + number
