"""Recognise a file's format by its first bytes, and check that it is complete and no bomb."""

import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from stages.common.errors import ItemError
from stages.common.formats import FORMATS, Format, by_suffix, names_of_read, refusal

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that Git LFS has put in place of the real one."""

_TS_PACKET = 188
_SEGMENT = b"\x18\x53\x80\x67"
_ENDS = {"jpeg_pipe": b"\xff\xd9", "png_pipe": b"IEND", "apng": b"IEND"}
"""What the last bytes of a complete picture contain."""

_PACKED = {b"iCCP": "a colour profile", b"zTXt": "a text"}
"""Chunks of a PNG that FFmpeg unpacks, besides the picture."""

_UNPACKED = 16 * 2**20
"""Most bytes that one of them may hold; FFmpeg knows no bound."""


def format_of(path: Path) -> Format:
    """Return the format of a file by its first bytes, one that is read.

    Raises
    ------
    ItemError
        The file is empty, is not of an allowed kind, or is shorter than its header says: FFmpeg
        would decode it as a shorter video.
    """
    with path.open("rb") as file:
        start = file.read(4 * _TS_PACKET + 5)
        form = _format_by(start)
        named = by_suffix(path)
        if form.reader == "tiff_pipe" and named and named.command:  # camera raw
            form = named
        if not form.reader:
            raise ItemError(refusal(form))
        sizes = {"matroska": _matroska_size, "flv": _flv_size, "asf": _asf_size}
        sizes |= dict.fromkeys(("mov", "libheif", "pillow"), _mov_size)
        size = sizes[form.reader](file) if form.reader in sizes else 0
        if size > file.seek(0, os.SEEK_END):
            raise ItemError("is truncated")
    return form


def check_packed(path: Path) -> None:
    """Check that no text or colour profile of a PNG unpacks to more than 16 MiB.

    Raises
    ------
    ItemError
        One does. A file of a megabyte can hold a gigabyte in this way.
    """
    with path.open("rb") as file:
        file.seek(8)
        while len(start := file.read(8)) == 8:
            size, kind = int.from_bytes(start[:4]), start[4:]
            if kind not in _PACKED:
                file.seek(size + 4, os.SEEK_CUR)
                continue
            _, _, packed = file.read(size).partition(b"\0")  # after a keyword
            file.seek(4, os.SEEK_CUR)
            unpacked = zlib.decompressobj()
            with suppress(zlib.error):  # damaged: FFmpeg leaves it out
                unpacked.decompress(packed[1:], _UNPACKED)
            if unpacked.unconsumed_tail:
                raise ItemError(
                    f"holds {_PACKED[kind]} of more than {_UNPACKED // 2**20} MiB: save the "
                    "picture without it"
                )


def is_cut(path: Path, reader: str) -> bool:
    """Whether a picture or an animation lacks its end, as far as its format tells."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(max(0, size - 64))
        end = file.read()
    if reader == "webp_pipe":
        return size < 8 + int.from_bytes(start[4:], "little")
    if reader == "bmp_pipe":
        return size < int.from_bytes(start[2:6], "little")
    if reader == "gif":
        return not end.rstrip(b"\0").endswith(b"\x3b")
    return reader in _ENDS and _ENDS[reader] not in end


def _format_by(start: bytes) -> Format:
    if not start:
        raise ItemError("is empty")
    if start.startswith(LFS_POINTER):
        raise ItemError("is a Git LFS pointer, not the file itself: run `git lfs pull`")
    for form in FORMATS:
        if any(start.startswith(value, offset) for offset, value in form.signatures):
            return form
    for form in FORMATS:
        if form.reader == "mpegts" and _is_transport_stream(start):
            return form
    raise ItemError(f"is no picture or video of a known kind (read are {names_of_read()})")


def _is_transport_stream(start: bytes) -> bool:
    """Whether packets of 188 bytes (ISO/IEC 13818-1), or 192 on Blu-ray, begin with ``G``."""
    return any(
        start[ahead:].startswith(b"G")
        and start[ahead :: _TS_PACKET + ahead][:3] == b"GGG"
        and len(start) > 3 * _TS_PACKET
        for ahead in (0, 4)
    )


def _mov_size(file: BinaryIO) -> int:
    """Return where the last box of an MP4, HEIF or AVIF file ends (ISO/IEC 14496-12, 4.2)."""
    end, length = 0, file.seek(0, os.SEEK_END)
    while end < length:
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
    return end


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


def _flv_size(file: BinaryIO) -> int:
    """Return where the last tag of a Flash Video file ends (Adobe's specification 10.1, E.3)."""
    end = 13
    while True:
        file.seek(end)
        header = file.read(4)
        if len(header) < 4:
            return end
        end += 11 + int.from_bytes(header[1:]) + 4


def _asf_size(file: BinaryIO) -> int:
    """Return where the top objects of a Windows Media file end (Microsoft's ASF 1.2, 2)."""
    end, length = 0, file.seek(0, os.SEEK_END)
    while end < length:
        file.seek(end)
        header = file.read(24)
        if len(header) < 24:
            return end
        size = int.from_bytes(header[16:], "little")
        if size < 24:  # still being written
            return 0
        end += size
    return end
