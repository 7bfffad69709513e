"""Mutate the bytes of a valid item; each mutation is a function of the bytes and a generator."""

import re
import struct
import zlib
from collections.abc import Callable
from random import Random

_MAX_MUTATIONS = 4
_MAX_SHARE = 0.1  # largest share of an item that one mutation moves or overwrites
_HEAD = 2048  # bytes at the start, where most of the structure is
_MAX_GROWTH = 4  # largest size relative to the original

# Names of boxes, chunks and atoms, preceded or followed by their size
_NAMES = [
    *(b"ftyp", b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"stts", b"stss", b"ctts"),
    *(b"stsc", b"stsz", b"stco", b"co64", b"edts", b"elst", b"mdat", b"tkhd", b"mdhd", b"mvhd"),
    *(b"avcC", b"hvcC", b"av1C", b"moof", b"traf", b"trun", b"tfhd", b"mvex", b"trex", b"sidx"),
    *(b"uuid", b"meta", b"free", b"wide", b"avc1", b"hev1", b"av01", b"apcn", b"mp4v", b"cmov"),
    *(b"RIFF", b"LIST", b"AVI ", b"hdrl", b"avih", b"strl", b"strh", b"strf", b"movi", b"idx1"),
    *(b"00dc", b"01wb", b"WEBP", b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"EXIF"),
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"iCCP", b"eXIf"),
    *(b"pitm", b"iinf", b"infe", b"iref", b"dimg", b"iprp", b"ipco", b"ipma", b"ispe", b"iloc"),
    *(b"irot", b"imir", b"clap", b"colr", b"grid", b"idat", b"OggS", b"fmt ", b"FLV\x01"),
]
# Identifiers of Matroska elements, followed by their size
_ELEMENTS = [
    *(b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75", b"\x16\x54\xae\x6b"),
    *(b"\x15\x49\xa9\x66", b"\x1c\x53\xbb\x6b", b"\x11\x4d\x9b\x74", b"\xae", b"\xa3", b"\xe0"),
]
# Byte sequences that confuse decoders, and references to other files
_TOKENS = [
    *(_NAMES + _ELEMENTS),
    *(b"\0\0\0\x01\x67", b"\0\0\0\x01\x65", b"\0\0\x01\xb3", b"\xff\xd8\xff\xe0", b"\xff\xda"),
    *(b"\xff\xc2", b"\xff\xc4", b"\xff\xdd", b"\xff\xd9", b"II*\0", b"MM\0*", b"BM", b"\xff" * 16),
    *(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"concat:/etc/passwd|", b"http://127.0.0.1/"),
    *(b"/../../../etc/passwd\0", b"%n%s%x", b"\0" * 16, b"ffconcat version 1.0\nfile x\n"),
]
_NUMBERS = [
    *(0, 1, 2, 7, 8, 15, 16, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000),
    *(0xFFFFFFF0, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF),
]


def mutate(item: bytes, others: list[bytes], chance: Random) -> bytes:
    """Apply one to four mutations to `item`, some of which insert parts of `others`.

    Half of the PNG files get correct checksums again, because decoders stop at a wrong checksum.
    """
    size = len(item)
    data = bytearray(item)
    for _ in range(chance.randint(1, _MAX_MUTATIONS)):
        way = chance.choice(WAYS)
        data = way(data, chance) if way is not _splice else _splice(data, chance, others)
    data = bytes(data[: _MAX_GROWTH * size])
    return _with_checksums(data) if data.startswith(b"\x89PNG") and chance.random() < 0.5 else data


def _flip(data: bytearray, chance: Random) -> bytearray:
    for _ in range(2 ** chance.randint(0, 6)):
        if data:
            data[_place(data, chance)] ^= 1 << chance.randrange(8)
    return data


def _overwrite(data: bytearray, chance: Random) -> bytearray:
    start, stop = _chunk(data, chance)
    length = stop - start
    data[start:stop] = chance.choice([bytes(length), b"\xff" * length, chance.randbytes(length)])
    return data


def _delete(data: bytearray, chance: Random) -> bytearray:
    start, stop = _chunk(data, chance)
    del data[start:stop]
    return data


def _duplicate(data: bytearray, chance: Random) -> bytearray:
    start, stop = _chunk(data, chance)
    data[stop:stop] = data[start:stop] * chance.choice([1, 1, 2, 8])
    return data


def _swap(data: bytearray, chance: Random) -> bytearray:
    (first, middle), (last, end) = sorted([_chunk(data, chance), _chunk(data, chance)])
    middle, end = min(middle, last), max(end, last)
    return data[:first] + data[last:end] + data[middle:last] + data[first:middle] + data[end:]


def _insert(data: bytearray, chance: Random) -> bytearray:
    place = _place(data, chance)
    data[place:place] = chance.randbytes(chance.randint(1, 64))
    return data


def _truncate(data: bytearray, chance: Random) -> bytearray:
    return data[: chance.randint(0, len(data))]


def _token(data: bytearray, chance: Random) -> bytearray:
    token, place = chance.choice(_TOKENS), _place(data, chance)
    data[place : place + chance.choice([0, len(token)])] = token
    return data


def _number(data: bytearray, chance: Random) -> bytearray:
    place = _place(data, chance)
    number = _some_number(chance, chance.choice([1, 2, 4, 8]))
    data[place : place + len(number)] = number
    return data


def _size(data: bytearray, chance: Random) -> bytearray:
    """Replace the size of a box, chunk or element of the item."""
    held = [name for name in _NAMES + _ELEMENTS if name in data]
    if not held:
        return _number(data, chance)
    name = chance.choice(held)
    place = chance.choice([found.start() for found in re.finditer(re.escape(name), data)])
    start = max(0, place - 4) if chance.random() < 0.5 else place + len(name)
    number = _some_number(chance, chance.choice([1, 4, 4, 8]))
    data[start : start + len(number)] = number
    return data


def _splice(data: bytearray, chance: Random, others: list[bytes]) -> bytearray:
    """Join the start of one item and the end of another."""
    other = chance.choice(others)
    return data[: _place(data, chance)] + other[_place(other, chance) :]


WAYS: list[Callable] = [
    *(_flip, _overwrite, _delete, _duplicate, _swap, _insert),
    *(_truncate, _token, _number, _size, _splice),
]


def _place(data: bytes | bytearray, chance: Random) -> int:
    """A random position in `data`; half of the time near its start."""
    end = min(len(data), _HEAD) if chance.random() < 0.5 else len(data)
    return chance.randrange(max(1, end))


def _chunk(data: bytearray, chance: Random) -> tuple[int, int]:
    start = _place(data, chance)
    longest = max(1, int(len(data) * _MAX_SHARE))
    return start, min(len(data), start + int(longest ** chance.random()))


def _some_number(chance: Random, width: int) -> bytes:
    number = chance.choice([*_NUMBERS, chance.getrandbits(64)]) % (1 << 8 * width)
    return number.to_bytes(width, chance.choice(["big", "little"]))


def _with_checksums(png: bytes) -> bytes:
    """Correct the checksums of a PNG file, as far as its chunks are intact."""
    data, start = bytearray(png), 8
    while start + 12 <= len(data):
        length = int.from_bytes(data[start : start + 4])
        stop = start + 8 + length
        if stop + 4 > len(data):
            break
        data[stop : stop + 4] = struct.pack(">I", zlib.crc32(data[start + 4 : stop]))
        start = stop + 4
    return bytes(data)
